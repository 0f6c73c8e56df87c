"""The five commands: from parsed options to what is printed."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api_keys.names import CUSTOMER_ID_RULE, KEY_ID_LENGTH, is_customer_id, is_key_id
from api_keys.records import ACTIVE, REVOKED
from cli.errors import DONE, CliError
from cli.output import aligned, say, say_json, tell
from cli.target import Target, find_target
from cli.tenant.admin_api import AdminApi
from cli.tenant.discovery import TenantApi
from cli.tenant.tables import customers, requests_by_day

CHECKOUT = Path(__file__).resolve().parents[2]
TOKENS_END = "tokens end within the authorizer's TTL and REVOCATION_CACHE_SECONDS, a minute by default"


def create(options: argparse.Namespace) -> int:
    """Make a key and print it."""
    _, _, admin = _connect(options)
    members = {"customer_name": options.name, "label": options.label, "expires_in_days": options.expires_in_days}
    _show_key(options, _created(admin, options.customer_id, members))
    return DONE


def list_keys(options: argparse.Namespace) -> int:
    """List a customer's keys, or all customers."""
    if options.customer_id is None:
        return _list_customers(options)
    _, _, admin = _connect(options)
    listing = admin.keys(options.customer_id)
    if options.json:
        say_json(listing)
        return DONE
    tell(f"{listing['customer_id']}: {listing['customer_name']}, {listing['status']}")
    rows = [("KEY", "STATUS", "CREATED", "ENDS", "LABEL")]
    rows += [
        (
            key["key_id"],
            key["status"],
            key["created_at"],
            key.get("revoked_at") or key.get("expires_at") or "-",
            key.get("label", ""),
        )
        for key in listing["keys"]
    ]
    for line in aligned(rows):
        say(line)
    return DONE


def revoke(options: argparse.Namespace) -> int:
    """Revoke a customer, or one key."""
    if options.key_id is not None and not is_key_id(options.key_id):
        raise CliError(f"{options.key_id} is no key id: {KEY_ID_LENGTH} hexadecimal digits, the key up to its dot")
    _, _, admin = _connect(options)
    if options.key_id is None:
        answer = admin.revoke_customer(options.customer_id)
    else:
        answer = admin.revoke_key(options.customer_id, options.key_id)
    if options.json:
        say_json(answer)
    else:
        say(str(answer["message"]))
        tell(TOKENS_END)
    return DONE


def rotate(options: argparse.Namespace) -> int:
    """Make a further key, print it, and revoke the others or say how."""
    _, _, admin = _connect(options)
    others = [key["key_id"] for key in admin.keys(options.customer_id)["keys"] if key["status"] == ACTIVE]
    members = {"label": options.label, "expires_in_days": options.expires_in_days}
    # Shown before anything is revoked: whatever fails after this, nobody is left without a key.
    _show_key(options, _created(admin, options.customer_id, members))
    if options.revoke_others:
        for key_id in others:
            tell(str(admin.revoke_key(options.customer_id, key_id)["message"]))
        tell(TOKENS_END)
    elif others:
        tell("when callers use the new key, revoke the others:")
        for key_id in others:
            tell(f"  python -m cli tenant revoke {options.customer_id} --key {key_id}")
    return DONE


def usage(options: argparse.Namespace) -> int:
    """Say how many requests a customer has made, day by day."""
    _check_customer(options.customer_id)
    target, api = _find(options)
    counted = requests_by_day(target, api.usage_table(), options.customer_id, options.days, datetime.now(UTC))
    total = sum(counted.values())
    if options.json:
        say_json({"customer_id": options.customer_id, "requests": counted, "total": total})
        return DONE
    for line in aligned([("DAY", "REQUESTS"), *((day, str(count)) for day, count in counted.items())]):
        say(line)
    tell(f"{options.customer_id}: {total} requests in {options.days} days")
    return DONE


def _find(options: argparse.Namespace) -> tuple[Target, TenantApi]:
    target = find_target(options, environment=os.environ, checkout=CHECKOUT)
    tell(f"on {target.name}")
    return target, TenantApi(target, name=options.api, stage=options.stage, url=options.api_url)


def _connect(options: argparse.Namespace) -> tuple[Target, TenantApi, AdminApi]:
    _check_customer(options.customer_id)
    target, api = _find(options)
    return target, api, AdminApi(url=api.url(), admin_key=api.admin_key())


def _check_customer(customer_id: str) -> None:
    if not is_customer_id(customer_id):
        raise CliError(f"{customer_id!r} is no customer id. {CUSTOMER_ID_RULE}")


def _created(admin: AdminApi, customer_id: str, members: dict[str, Any]) -> dict[str, Any]:
    answer = admin.create(customer_id, {name: value for name, value in members.items() if value is not None})
    if not isinstance(answer.get("api_key"), str):
        raise CliError("the API answered without a key: is it a tenant API?")
    return answer


def _show_key(options: argparse.Namespace, created: dict[str, Any]) -> None:
    if options.json:
        say_json(created)
        return
    ends = f", good until {created['expires_at']}" if "expires_at" in created else ""
    tell(f"a key for {created['customer_id']}{ends}; it is shown this once:")
    say(created["api_key"])


def _list_customers(options: argparse.Namespace) -> int:
    target, api = _find(options)
    found = customers(target, api.keys_table())
    rows = [
        {
            "customer_id": customer.customer_id,
            "customer_name": customer.customer_name,
            "status": ACTIVE if customer.revoked_at is None else REVOKED,
            "live_keys": len(customer.live_key_ids),
        }
        for customer in found
    ]
    if options.json:
        say_json({"customers": rows, "count": len(rows)})
        return DONE
    table = [("CUSTOMER", "STATUS", "KEYS", "NAME")]
    table += [
        (customer.customer_id, str(row["status"]), str(row["live_keys"]), customer.customer_name)
        for customer, row in zip(found, rows, strict=True)
    ]
    for line in aligned(table):
        say(line)
    return DONE
