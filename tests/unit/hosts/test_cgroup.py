import select
import subprocess


def _sleeper(cgroup):
    return subprocess.Popen(
        cgroup.entering(("sh", "-c", "setsid sleep 600 & echo ready; wait")),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_and_what_it_leaves_behind_are_in_the_group(cgroup):
    with _sleeper(cgroup) as shell:
        assert shell.stdout.readline() == "ready\n"
        assert shell.pid in cgroup.processes()
        assert len(cgroup.processes()) == 2
        shell.kill()
        shell.wait()
        assert len(cgroup.processes()) == 1


def test_kill_leaves_no_process_and_no_group(cgroup):
    with _sleeper(cgroup) as shell:
        shell.stdout.readline()
        cgroup.kill()
        assert shell.wait(timeout=60) == -9
    assert cgroup.processes() == set()
    cgroup.kill()  # again, with nothing there


def test_frozen_processes_stand_still_and_go_on(cgroup):
    with subprocess.Popen(
        cgroup.entering(("cat",)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as echo:
        echo.stdin.write("a\n")
        echo.stdin.flush()
        assert echo.stdout.readline() == "a\n"
        with cgroup.frozen():
            echo.stdin.write("b\n")
            echo.stdin.flush()
            assert select.select([echo.stdout], [], [], 0.2)[0] == []
        assert echo.stdout.readline() == "b\n"
        echo.stdin.close()


def test_the_argument_list_is_passed_as_it_is(cgroup):
    done = subprocess.run(
        cgroup.entering(("printf", "%s|", "a b", "$HOME", "'")),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "a b|$HOME|'|"
