"""nova's virt driver of the lab: a server is a systemd machine in a container.

What is not served raises NotImplementedError, as nova expects of a driver: live migration, rescue,
suspend, ephemeral and swap disks, set_admin_password. Nothing succeeds without being done.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import nova.conf
from nova import exception
from nova.compute import power_state, task_states
from nova.image import glance
from nova.virt import driver, hardware
from oslo_log import log as logging

from bentre_infra.hosts import loop, netns
from bentre_infra.hosts.freeze import thaw
from bentre_infra.hosts.spec import HostSpec, Limits, Power
from bentre_infra.hosts.sweep import lab_podman
from bentre_infra.lab.drivers import inventory, seed, volumes
from bentre_infra.lab.drivers.chassis import Chassis
from bentre_infra.lab.drivers.console import read_console
from bentre_infra.lab.drivers.glance_images import ImageCache
from bentre_infra.lab.drivers.roots import Root
from bentre_infra.lab.drivers.store import Record, Store, Volume

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

_COMPUTE_HOSTS = 2  # of the lab, on one machine: each offers half of it
_PIDS_PER_VCPU = 512
_CONSOLE_LINES = 500
_POWER_STATES = {
    Power.RUNNING: power_state.RUNNING,
    Power.PAUSED: power_state.PAUSED,
    Power.STOPPED: power_state.SHUTDOWN,
    Power.ABSENT: power_state.SHUTDOWN,
}


class LabDriver(driver.ComputeDriver):  # type: ignore[misc]
    """Servers of one compute host of the lab.

    The environment says which: ``BENTRE_LAB_STATE`` (the lab's folder), ``BENTRE_LAB_NETNS`` (the
    namespace of its chassis) and ``BENTRE_LAB_OVSDB`` (the chassis's database).
    """

    capabilities: ClassVar[dict[str, bool]] = dict(
        driver.ComputeDriver.capabilities,
        has_imagecache=True,
        supports_evacuate=True,
        supports_migrate_to_same_host=True,
        supports_attach_interface=True,
        supports_extend_volume=True,
        supports_image_type_raw=True,
        supports_image_type_qcow2=True,
    )

    def __init__(self, virtapi: Any) -> None:
        super().__init__(virtapi)
        state = Path(os.environ["BENTRE_LAB_STATE"])
        self._podman = lab_podman(CONF.host)
        self._store = Store(Path(CONF.instances_path))
        self._images = ImageCache(state / "images")
        self._chassis = Chassis(
            os.environ["BENTRE_LAB_NETNS"],
            os.environ["BENTRE_LAB_OVSDB"],
            CONF.vif_plugging_timeout or 300,
        )

    # -- the host

    def init_host(self, host: str) -> None:
        """Take up what an earlier process of this host left."""
        self._store.folder.mkdir(parents=True, exist_ok=True)
        known = self._store.all()
        for uuid, record in known.items():
            if record.owner == host:
                thaw(self._root(uuid).disk)
        for _, uuid in self._chassis.ports():
            if uuid not in known:  # deleted while this host was away
                self._chassis.remove_all(uuid)
        for container in self._podman.list():
            owned = known.get(container.labels.get("uuid", ""))
            if owned is None or owned.owner != host:
                self._podman.stop(container.name, grace=0)

    def list_instance_uuids(self) -> list[str]:
        """Instances that are on this host, or have left a port on its switch."""
        mine = {uuid for uuid, record in self._store.all().items() if record.owner == CONF.host}
        return sorted(mine | {uuid for _, uuid in self._chassis.ports()})

    def list_instances(self) -> list[str]:
        """Names of the instances that are on this host."""
        return [r.name for r in self._store.all().values() if r.owner == CONF.host]

    def get_num_instances(self) -> int:
        """How many instances are on this host."""
        return len(self.list_instances())

    def get_available_nodes(self, refresh: bool = False) -> list[str]:
        """One node, named as the host."""
        return [CONF.host]

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        """The host's size."""
        return inventory.resources(self._store.folder, _COMPUTE_HOSTS, self.list_instances())

    def update_provider_tree(
        self, provider_tree: Any, nodename: str, allocations: Any = None
    ) -> None:
        """The host's inventory in placement."""
        inventory.provide(provider_tree, nodename, self._store.folder, _COMPUTE_HOSTS)

    def get_host_ip_addr(self) -> str:
        """The address that other compute hosts reach this one at."""
        return str(CONF.my_ip)

    def get_host_uptime(self) -> str:
        """Seconds since the machine booted."""
        return Path("/proc/uptime").read_text().split()[0]

    def manage_image_cache(self, context: Any, all_instances: Any) -> None:
        """Forget images that no instance of any host stands on."""
        self._images.keep({r.image for r in self._store.all().values() if r.image})

    # -- one server's life

    def spawn(
        self,
        context: Any,
        instance: Any,
        image_meta: Any,
        injected_files: Any,
        admin_password: str | None,
        allocations: Any,
        network_info: Any = None,
        block_device_info: Any = None,
        power_on: bool = True,
        accel_info: Any = None,
    ) -> None:
        """Make a server; on an evacuation its disk is there already and stays."""
        info = block_device_info or {}
        if driver.block_device_info_get_ephemerals(info) or driver.block_device_info_get_swap(
            info
        ).get("swap_size"):
            raise exception.InvalidBDM("the lab serves no ephemeral and no swap disks")
        volume = volumes.root_volume(info)
        image = "" if volume else instance.image_ref
        before = self._store.load(instance.uuid)
        if before is not None and before.image != image:
            self._fence(instance)
            self._root(instance.uuid).unmount()
            self._store.remove(instance.uuid)
            before = None
        if before is None:
            self._store.save(
                instance.uuid, Record(instance.name, "", image, volume.file if volume else "")
            )
        seed.write(
            self._store.of(instance.uuid) / "seed",
            instance,
            network_info,
            injected_files,
            admin_password,
        )
        if not power_on:
            return
        events = [
            ("network-vif-plugged", vif["id"])
            for vif in network_info or []
            if vif.get("active", True) is False
        ]
        try:
            with self.virtapi.wait_for_instance_event(
                instance, events, timeout=CONF.vif_plugging_timeout, error_callback=_plug_failed
            ):
                self._boot(context, instance, network_info, info)
        except exception.InstanceEventTimeout as error:
            if CONF.vif_plugging_is_fatal:
                raise exception.VirtualInterfaceCreateException from error
            LOG.warning("neutron did not report the ports up", instance=instance)

    def destroy(
        self,
        context: Any,
        instance: Any,
        network_info: Any,
        block_device_info: Any = None,
        destroy_disks: bool = True,
        destroy_secrets: bool = True,
    ) -> None:
        """Stop a server at once and remove what it had on this host."""
        self._podman.stop(instance.name, grace=0)
        self.cleanup(
            context,
            instance,
            network_info,
            block_device_info,
            destroy_disks,
            destroy_secrets=destroy_secrets,
        )

    def cleanup(
        self,
        context: Any,
        instance: Any,
        network_info: Any,
        block_device_info: Any = None,
        destroy_disks: bool = True,
        migrate_data: Any = None,
        destroy_vifs: bool = True,
        destroy_secrets: bool = True,
    ) -> None:
        """Remove a stopped server's ports, mounts and (when asked) disks from this host."""
        if destroy_vifs:
            self._chassis.remove_all(instance.uuid)
        record = self._store.load(instance.uuid)
        if record is None:
            netns.delete(instance.name)
            self._store.remove(instance.uuid)
            return
        if record.owner not in ("", CONF.host):
            return  # another host has taken it over
        self._release(instance)
        if destroy_disks:
            self._store.remove(instance.uuid)

    def power_on(
        self,
        context: Any,
        instance: Any,
        network_info: Any,
        block_device_info: Any = None,
        accel_info: Any = None,
        share_info: Any = None,
    ) -> None:
        """Boot a stopped server."""
        self._boot(context, instance, network_info, block_device_info)

    def power_off(self, instance: Any, timeout: int = 0, retry_interval: int = 0) -> None:
        """Shut a server down; kill it when it takes longer than ``timeout`` seconds."""
        self._podman.stop(instance.name, grace=timeout)
        self._release(instance)

    def reboot(
        self,
        context: Any,
        instance: Any,
        network_info: Any,
        reboot_type: str,
        block_device_info: Any = None,
        bad_volumes_callback: Any = None,
        accel_info: Any = None,
        share_info: Any = None,
    ) -> None:
        """Shut down (soft) or kill (hard), and boot."""
        self.power_off(instance, timeout=CONF.shutdown_timeout if reboot_type == "SOFT" else 0)
        self._boot(context, instance, network_info, block_device_info)

    def resume_state_on_host_boot(
        self,
        context: Any,
        instance: Any,
        network_info: Any,
        share_info: Any,
        block_device_info: Any = None,
    ) -> None:
        """Boot a server that ran when the machine went down."""
        if self._podman.find(instance.name).power in (Power.ABSENT, Power.STOPPED):
            self._boot(context, instance, network_info, block_device_info)

    def pause(self, instance: Any) -> None:
        """Freeze a server's processes."""
        self._podman.pause(instance.name)

    def unpause(self, instance: Any) -> None:
        """Let them go on."""
        self._podman.unpause(instance.name)

    def get_info(self, instance: Any, use_cache: bool = True) -> Any:
        """Whether a server runs."""
        found = self._podman.find(instance.name)
        if found.power is Power.ABSENT and self._store.load(instance.uuid) is None:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return hardware.InstanceInfo(state=_POWER_STATES[found.power])

    def instance_exists(self, instance: Any) -> bool:
        """Whether this host has the server."""
        return instance.name in self.list_instances()

    def get_console_output(self, context: Any, instance: Any) -> str:
        """The last lines that the server wrote on its console."""
        return read_console(self._store.of(instance.uuid) / "console.log", _CONSOLE_LINES)

    # -- moving

    def migrate_disk_and_power_off(
        self,
        context: Any,
        instance: Any,
        dest: str,
        flavor: Any,
        network_info: Any,
        block_device_info: Any = None,
        timeout: int = 0,
        retry_interval: int = 0,
    ) -> str:
        """Stop a server here; its disk is in a folder that all compute hosts share."""
        record = self._store.load(instance.uuid)
        if record and record.image and flavor.root_gb < instance.flavor.root_gb:
            raise exception.InstanceFaultRollback(
                exception.ResizeError(reason="a root disk cannot shrink")
            )
        self.power_off(instance, timeout)
        return ""

    def finish_migration(
        self,
        context: Any,
        migration: Any,
        instance: Any,
        disk_info: str,
        network_info: Any,
        image_meta: Any,
        resize_instance: bool,
        allocations: Any,
        block_device_info: Any = None,
        power_on: bool = True,
        share_info: Any = None,
    ) -> None:
        """Boot a server that came from another host, or has another flavor now."""
        if power_on:
            self._boot(context, instance, network_info, block_device_info)

    def finish_revert_migration(
        self,
        context: Any,
        instance: Any,
        network_info: Any,
        migration: Any,
        block_device_info: Any = None,
        power_on: bool = True,
        share_info: Any = None,
    ) -> None:
        """Boot a server that came back; a disk that has grown stays so."""
        if power_on:
            self._boot(context, instance, network_info, block_device_info)

    def confirm_migration(
        self,
        context: Any,
        migration: Any,
        instance: Any,
        network_info: Any,
    ) -> None:
        """Remove what a server that moved away may have left here."""
        record = self._store.load(instance.uuid)
        if record is not None and record.owner != CONF.host:
            self._chassis.remove_all(instance.uuid)

    def check_instance_shared_storage_local(self, context: Any, instance: Any) -> Any:
        """The folder that another host looks for, to see whether it is shared."""
        return (
            {"folder": str(self._store.of(instance.uuid))}
            if self.instance_on_disk(instance)
            else None
        )

    def check_instance_shared_storage_remote(self, context: Any, data: Any) -> bool:
        """Whether this host sees the folder."""
        return Path(data["folder"]).is_dir()

    def check_instance_shared_storage_cleanup(self, context: Any, data: Any) -> None:
        """The check leaves nothing behind."""

    def instance_on_disk(self, instance: Any) -> bool:
        """Whether this host reaches the server's disk."""
        return self._store.load(instance.uuid) is not None

    # -- snapshots

    def snapshot(self, context: Any, instance: Any, image_id: str, update_task_state: Any) -> None:
        """Make an image of a server's root as it is at one moment."""
        record = self._store.load(instance.uuid)
        if record is None:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        file = self._store.of(instance.uuid) / "snapshot.ext4"
        try:
            lower = self._images.lower(context, record.image)
            self._root(instance.uuid).capture(lower, file)
            update_task_state(
                task_state=task_states.IMAGE_UPLOADING,
                expected_state=task_states.IMAGE_PENDING_UPLOAD,
            )
            glance_api = glance.API()
            metadata = {
                "name": glance_api.get(context, image_id)["name"],
                "status": "active",
                "disk_format": "raw",
                "container_format": "bare",
                "properties": {
                    "image_location": "snapshot",
                    "image_state": "available",
                    "owner_id": instance.project_id,
                },
            }
            with file.open("rb") as content:
                glance_api.update(context, image_id, metadata, content)
        finally:
            file.unlink(missing_ok=True)

    # -- network interfaces

    def plug_vifs(self, instance: Any, network_info: Any) -> None:
        """Give a running server the NICs that it lacks."""
        if self._podman.find(instance.name).power is Power.RUNNING:
            for vif in network_info:
                self.attach_interface(None, instance, None, vif)

    def unplug_vifs(self, instance: Any, network_info: Any) -> None:
        """Take every NIC of a server off this host's switch."""
        self._chassis.remove_all(instance.uuid)

    def attach_interface(self, context: Any, instance: Any, image_meta: Any, vif: Any) -> None:
        """Give a server one more NIC; a stopped one finds it at its next boot."""
        if netns.exists(instance.name) and self._chassis.plug(instance.name, instance.uuid, vif):
            self._chassis.connect(vif)

    def detach_interface(self, context: Any, instance: Any, vif: Any) -> None:
        """Take a NIC away."""
        self._chassis.unplug(vif)

    # -- volumes

    def get_volume_connector(self, instance: Any) -> dict[str, Any]:
        """Who asks Cinder for a volume."""
        return {"host": CONF.host, "ip": CONF.my_ip, "multipath": False}

    def default_root_device_name(self, instance: Any, image_meta: Any, root_bdm: Any) -> str:
        """The root is the first disk."""
        return "/dev/vda"

    def attach_volume(
        self,
        context: Any,
        connection_info: Any,
        instance: Any,
        mountpoint: str,
        disk_bus: Any = None,
        device_type: Any = None,
        encryption: Any = None,
    ) -> None:
        """Show a server a volume under a device name."""
        if encryption:
            raise NotImplementedError("the lab attaches no encrypted volumes")
        volume = volumes.read(connection_info, mountpoint)
        self._remember(instance.uuid, *self._others(instance.uuid, volume), volume)
        volumes.appear(self._podman, instance.name, volume)

    def detach_volume(
        self,
        context: Any,
        connection_info: Any,
        instance: Any,
        mountpoint: str,
        encryption: Any = None,
    ) -> None:
        """Take a volume away; what the server has mounted from it is written and unmounted."""
        volume = volumes.read(connection_info, mountpoint)
        volumes.vanish(self._podman, instance.name, volume)
        self._remember(instance.uuid, *self._others(instance.uuid, volume))

    def extend_volume(
        self,
        context: Any,
        connection_info: Any,
        instance: Any,
        requested_size: int,
    ) -> None:
        """Let a server see that a volume has grown."""
        loop.grown(Path(connection_info["data"]["device_path"]))

    # -- inside

    def _root(self, uuid: str) -> Root:
        return Root(self._store.of(uuid))

    def _boot(self, context: Any, instance: Any, network_info: Any, info: Any) -> None:
        """Boot a server with nothing left of an earlier run but its disks."""
        attached = volumes.beside_root(info)
        record = replace(self._fence(instance), owner=CONF.host, volumes=attached)
        self._store.save(instance.uuid, record)
        folder, root = self._store.of(instance.uuid), self._root(instance.uuid)
        if record.root_volume:
            root.mount_volume(Path(record.root_volume))
        else:
            root.mount_image(
                lambda: self._images.lower(context, record.image), instance.flavor.root_gb
            )
        netns.create(instance.name)
        vifs = list(network_info or [])
        for vif in vifs:
            self._chassis.plug(instance.name, instance.uuid, vif)
        flavor = instance.flavor
        self._podman.boot(
            HostSpec(
                name=instance.name,
                rootfs=root.path,
                hostname=instance.hostname or instance.name,
                netns=instance.name,
                limits=Limits(
                    memory_mib=flavor.memory_mb,
                    cpus=min(flavor.vcpus, os.cpu_count() or 1),
                    pids=_PIDS_PER_VCPU * flavor.vcpus,
                ),
                machine_id=instance.uuid.replace("-", ""),
                console=folder / "console.log",
                labels={"uuid": instance.uuid},
                disks=tuple(volumes.disk(volume) for volume in attached),
                binds=((folder / "seed", seed.TARGET),),
            )
        )
        for vif in vifs:
            self._chassis.connect(vif)

    def _fence(self, instance: Any) -> Record:
        """Make sure that no other compute host still runs a server that this one takes over."""
        record = self._store.load(instance.uuid)
        if record is None:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        if record.owner not in ("", CONF.host):
            LOG.warning("taking the server over from %s", record.owner, instance=instance)
            lab_podman(record.owner).stop(instance.name, grace=0)
        return record

    def _release(self, instance: Any) -> None:
        """Give back what only a running server needs."""
        record = self._store.load(instance.uuid)
        self._chassis.remove_all(instance.uuid)
        netns.delete(instance.name)
        self._root(instance.uuid).unmount()
        if record is not None:
            for volume in record.volumes:
                loop.detach(Path(volume.file))
            self._store.save(instance.uuid, replace(record, owner=""))

    def _others(self, uuid: str, volume: Volume) -> list[Volume]:
        record = self._store.load(uuid)
        return [v for v in record.volumes if v.file != volume.file] if record else []

    def _remember(self, uuid: str, *attached: Volume) -> None:
        record = self._store.load(uuid)
        if record is not None:
            self._store.save(uuid, replace(record, volumes=attached))


def _plug_failed(_event_name: str, _instance: Any) -> bool:
    raise exception.VirtualInterfaceCreateException
