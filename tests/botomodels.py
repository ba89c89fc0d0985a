"""What botocore makes anew for each client or session, and moto for each request, made once.

It takes longer than what is tested: a run of the tests makes some ten thousand clients. Nothing
that is kept depends on credentials, region or account; botocore changes none of it but the
description of S3, whose paths it rewrites: S3's is read and made each time.
"""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.hooks
from botocore.client import ClientCreator
from botocore.hooks import EventAliaser, NodeList
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel

_read = JSONFileLoader.load_file


@cache
def _kept(path: str) -> Any:
    return _read(JSONFileLoader(), path)


def keep_models() -> None:
    """From now on, a description of a service is read once, and its client's class made once."""

    def load(loader: JSONFileLoader, path: str) -> Any:
        return _read(loader, path) if Path(path).parts[-3:-2] == ("s3",) else _kept(path)

    JSONFileLoader.load_file = load
    _keep_listings()
    _keep_classes()
    _keep_event_names()


def _keep_listings() -> None:
    """Which services there are: each session, and moto for each service, lists 400 folders."""
    listing = Loader.list_available_services
    found: dict[tuple[str, ...], list[str]] = {}

    def listed(loader: Loader, type_name: str) -> list[str]:
        asked = (type_name, *loader.search_paths)
        if asked not in found:
            found[asked] = listing(loader, type_name)
        return found[asked]

    Loader.list_available_services = listed


def _keep_classes() -> None:
    load, make = ClientCreator._load_service_model, ClientCreator._create_client_class
    models: dict[tuple[str, str | None], ServiceModel] = {}
    classes: dict[str, type] = {}

    def model(creator: ClientCreator, service: str, version: str | None = None) -> ServiceModel:
        if service == "s3":
            return load(creator, service, version)
        if (service, version) not in models:
            models[service, version] = load(creator, service, version)
        return models[service, version]

    def made(creator: ClientCreator, service: str, described: ServiceModel) -> type:
        if described is not models.get((service, None)):
            return make(creator, service, described)
        if service not in classes:
            classes[service] = make(creator, service, described)
        return classes[service]

    ClientCreator._load_service_model = model
    ClientCreator._create_client_class = made


def _keep_event_names() -> None:
    """Sessions register 130 handlers, clients copy them: by the same names each time."""
    alias, accepts = EventAliaser._alias_event_name, botocore.hooks.accepts_kwargs
    anybody = EventAliaser(None)
    names = cache(lambda name: alias(anybody, name))

    def named(aliaser: EventAliaser, name: str) -> str:
        return (
            names(name)
            if aliaser._event_aliases == anybody._event_aliases
            else alias(aliaser, name)
        )

    def takes_any(handler: Any) -> Any:
        code = getattr(handler, "__code__", None)
        return bool(code.co_flags & inspect.CO_VARKEYWORDS) if code else accepts(handler)

    EventAliaser._alias_event_name = named
    NodeList.__copy__ = lambda nodes: NodeList(nodes.first[:], nodes.middle[:], nodes.last[:])
    botocore.hooks.accepts_kwargs = takes_any


def keep_routes() -> None:
    """From now on, moto looks up once which of its parts answers for a host, and by what methods.

    It would list its folder and a class's members for each request.
    """
    from moto import backends
    from moto.core import responses
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    folders = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: folders
    responses.method_names_from_class = cache(responses.method_names_from_class)
    find, found = DomainDispatcherApplication.get_backend_for_host, {}

    def backend(application: DomainDispatcherApplication, host: str | None) -> Any:
        if host not in found:
            found[host] = find(application, host)
        return found[host]

    DomainDispatcherApplication.get_backend_for_host = backend


def read_models(services: set[str]) -> None:
    """Make what clients of these services need, before processes are forked."""
    session = boto3.Session(
        aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1"
    )
    # IAM's names of services are not always botocore's.
    names = {"access-analyzer": "accessanalyzer", "sso": "sso-admin"}
    for service in sorted(services):
        session.client(names.get(service, service))
