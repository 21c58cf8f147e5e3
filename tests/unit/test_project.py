"""The files around the code agree with each other."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def entries(name):
    """Give each entry of a lock, as name with version and marker, to its hashes."""
    found = {}
    for line in (REPOSITORY / "envs" / name).read_text().splitlines():
        if not line.startswith(("#", " ")):
            found[entry := line.removesuffix(" \\")] = []
        elif not line.startswith("#"):
            found[entry].append(line.strip().removesuffix(" \\"))
    return found


def lock(name):
    """Read a lock as package name to requirement."""
    requirements = [Requirement(line) for line in entries(name)]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def version(requirement):
    (specifier,) = requirement.specifier
    assert specifier.operator == "==", f"{requirement} is not exact"
    return specifier.version


def wanted(*extras):
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("name", "extras"), [("cpu.lock", ["dev"]), ("cuda.lock", ["dev", "cuda"])])
def test_each_dependency_is_locked_at_a_version_that_it_allows(name, extras):
    locked = lock(name)
    for requirement in wanted(*extras):
        assert canonicalize_name(requirement.name) in locked, f"{requirement} is not in {name}; run `make lock`"
        exact = version(locked[canonicalize_name(requirement.name)])
        assert exact in requirement.specifier, (
            f"{name} has {requirement.name} {exact}, not {requirement}; run `make lock`"
        )


def test_the_lock_holds_whatever_its_packages_ask_for():
    locked = lock("cpu.lock")
    from_cuda = ("nvidia-", "cuda-", "triton")
    for name, requirement in locked.items():
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        for line in metadata.requires(name) or []:
            asked = Requirement(line)
            if asked.marker is not None and not asked.marker.evaluate({"extra": ""}):
                continue
            inner = canonicalize_name(asked.name)
            if inner.startswith(from_cuda):
                continue
            assert inner in locked, f"{name} asks for {inner}"
            assert version(locked[inner]) in asked.specifier, f"{name} asks for {asked}"


def test_what_is_installed_is_what_is_locked():
    for name, requirement in lock("cpu.lock").items():
        if requirement.marker is None or requirement.marker.evaluate():
            installed = metadata.version(name).split("+")[0]
            assert installed == version(requirement), f"{name} {installed} is installed; run `make env`"


def test_both_locks_compute_with_the_same_versions():
    cpu, cuda = lock("cpu.lock"), lock("cuda.lock")
    assert {name: version(cuda[name]) for name in cpu} == {name: version(cpu[name]) for name in cpu}
    assert not [name for name in cpu if name.startswith(("nvidia-", "cupy"))]
    assert [name for name in cuda if name.startswith("nvidia-")]


@pytest.mark.parametrize("name", ["cpu.lock", "cuda.lock"])
def test_each_package_but_torch_has_the_hashes_of_its_files(name):
    found = entries(name)
    without = [entry for entry, hashes in found.items() if not hashes]
    assert len(without) == 1 and without[0].startswith("torch=="), "run `make lock`"
    hashes = [one for several in found.values() for one in several]
    assert len(hashes) > 1000 and len(set(hashes)) == len(hashes)
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)


def test_locks_name_no_index_and_no_file():
    for name in ("cpu.lock", "cuda.lock", "rootline.yaml"):
        text = re.sub(
            r"^    --hash=sha256:\w+( \\)?$", "", (REPOSITORY / "envs" / name).read_text(), flags=re.MULTILINE
        )
        assert not re.search(r"^\s*-(-|[ifr]\b)|://| @ ", text, flags=re.MULTILINE), name


def test_the_conda_environment_is_the_run_time_part_of_the_lock():
    environment = yaml.safe_load((REPOSITORY / "envs" / "rootline.yaml").read_text())
    (pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert set(pip) <= set(entries("cpu.lock"))
    names = {canonicalize_name(Requirement(line).name) for line in pip}
    assert {canonicalize_name(requirement.name) for requirement in wanted()} <= names
    assert "pytest" not in names


def test_each_dependency_says_what_it_is_for():
    section = (REPOSITORY / "pyproject.toml").read_text().split("dependencies = [")[1].split("[build-system]")[0]
    lines = [line for line in section.splitlines() if re.match(r' +"[A-Za-z0-9-]+[>=]=', line)]
    assert len(lines) == len(wanted(*PROJECT["optional-dependencies"]))
    assert [line for line in lines if "# " not in line] == []


def test_each_ignored_lint_rule_says_why():
    text = (REPOSITORY / "pyproject.toml").read_text().split("ignore = [")[1].split("[tool.mypy]")[0]
    codes = [line for line in text.splitlines() if re.match(r' +"[A-Z]+[0-9]*",', line)]
    assert len(codes) > 10
    assert [code for code in codes if "#" not in code] == []


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def test_the_makefiles_help_names_every_task():
    text = (REPOSITORY / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)
    described = re.findall(r"^([a-z-]+):.*## ", text, flags=re.MULTILINE)
    assert described == phony.split()
