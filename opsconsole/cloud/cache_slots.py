"""Where a key of Redis or Valkey belongs: CRC16 of it, modulo 16,384 slots; a {hash tag} in it decides alone."""

from __future__ import annotations

import binascii

from opsconsole import catalog


def slot_of(key: str) -> int:
    """The hash slot of a key, as CLUSTER KEYSLOT says it."""
    begin = key.find("{")
    end = key.find("}", begin + 1)
    hashed = key[begin + 1 : end] if begin >= 0 and end > begin + 1 else key
    return binascii.crc_hqx(hashed.encode(), 0) % catalog.limit("cache-slots-total").value
