"""Make a token of SoftHSM, which python-pkcs11 cannot; no PIN is an argument of a command."""

import ctypes
from pathlib import Path

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
_SERIAL, _WRITABLE, _OFFICER = 4, 2, 0


def make(label: str, officer_pin: str, pin: str, module: Path = MODULE) -> None:
    """Make a token, with the PIN of its user.

    Raises:
        OSError: SoftHSM does not do it.
    """
    library = ctypes.CDLL(str(module))
    count, session = ctypes.c_ulong(), ctypes.c_ulong()

    def call(name: str, *arguments: object) -> None:
        code = library[name](*arguments)
        if code:
            raise OSError(f"SoftHSM: {name} returned {code:#x}")

    call("C_Initialize", None)
    try:
        call("C_GetSlotList", ctypes.c_ubyte(1), None, ctypes.byref(count))
        slots = (ctypes.c_ulong * count.value)()
        call("C_GetSlotList", ctypes.c_ubyte(1), slots, ctypes.byref(count))
        free = ctypes.c_ulong(slots[count.value - 1])  # the last one is always a new token's
        padded = label.encode().ljust(32)
        call("C_InitToken", free, officer_pin.encode(), ctypes.c_ulong(len(officer_pin)), padded)
        flags = ctypes.c_ulong(_SERIAL | _WRITABLE)
        call("C_OpenSession", free, flags, None, None, ctypes.byref(session))
        officer = ctypes.c_ulong(len(officer_pin))
        call("C_Login", session, ctypes.c_ulong(_OFFICER), officer_pin.encode(), officer)
        call("C_InitPIN", session, pin.encode(), ctypes.c_ulong(len(pin)))
    finally:
        call("C_Finalize", None)
