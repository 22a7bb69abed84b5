"""Headers by which a browser keeps to the desk what is the desk's."""

from __future__ import annotations

from xuanpin.pipelines.desk.place import DeskPlace


def security_headers(place: DeskPlace) -> dict[str, str]:
    """Return the headers by which a browser runs, loads, frames and passes on nothing but what is ours."""
    ancestors = " ".join(place.settings.desk.frame_ancestors) or "'none'"
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        f"base-uri 'none'; frame-ancestors {ancestors}"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    return headers if place.settings.desk.frame_ancestors else headers | {"x-frame-options": "DENY"}
