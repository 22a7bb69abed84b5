"""The desk as a page of Airflow: found by its entry point where the package is installed beside Airflow's API server.

It serves the home that XUANPIN_HOME names, by the settings file of XUANPIN_CONFIG; without a home there is no page.
Airflow asks nobody who calls a plugin's addresses: the desk asks for its own sign-in. It opens in a tab of its own, or
within Airflow's page where `[desk] frame_ancestors` allows it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

from xuanpin.pipelines.context import settings_from_environment
from xuanpin.pipelines.desk.mounted import MountedDesk

PREFIX = "/xuanpin"
NAME = "Xuanpin"


def desk_apps(environment: Mapping[str, str], base_url: str) -> list[dict[str, Any]]:
    """Return the desk as Airflow mounts it; nothing where `environment` names no home.

    `base_url` is the address at which browsers reach Airflow, whose host the desk then answers to.
    """
    if "XUANPIN_HOME" not in environment:
        return []
    hosts = filter(None, [urlsplit(base_url).hostname])
    return [{"app": MountedDesk(environment, hosts), "url_prefix": PREFIX, "name": NAME}]


def desk_views(environment: Mapping[str, str], base_url: str) -> list[dict[str, Any]]:
    """Return the desk's entry in Airflow's menu; nothing where `environment` names no home.

    `base_url` is as in desk_apps; its path stands before the desk's.
    """
    if "XUANPIN_HOME" not in environment:
        return []
    href = f"{urlsplit(base_url).path.rstrip('/')}{PREFIX}/"
    is_framed = bool(settings_from_environment(environment).desk.frame_ancestors)
    view = {"name": NAME, "href": href, "destination": "nav"}
    return [view | {"url_route": "xuanpin"} if is_framed else view]


class DeskPlugin(AirflowPlugin):
    """What Airflow reads."""

    name = "xuanpin_desk"
    fastapi_apps = desk_apps(os.environ, conf.get("api", "base_url", fallback=""))
    external_views = desk_views(os.environ, conf.get("api", "base_url", fallback=""))
