from bentre_infra.lab.drivers.console import read_console


def test_text_is_what_the_guest_wrote(tmp_path):
    log = tmp_path / "console.log"
    log.write_text(
        "2026-11-25T03:23:17.5+00:00 stdout F one  two\n"
        "2026-11-25T03:23:18.5+00:00 stdout F \n"
        "2026-11-25T03:23:18.6+00:00 stdout P log\n"
        "2026-11-25T03:23:18.7+00:00 stdout F in:\n"
    )
    assert read_console(log, 10) == "one  two\n\nlogin:\n"
    assert read_console(log, 1) == "in:\n"


def test_text_fits_novas_encoding(tmp_path):
    log = tmp_path / "console.log"
    log.write_text("2026-11-25T03:23:17.5+00:00 stdout F Bến Tre\n")
    read_console(log, 5).encode("latin-1")


def test_no_log_is_no_text(tmp_path):
    assert read_console(tmp_path / "none", 5) == ""
