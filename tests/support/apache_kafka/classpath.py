"""The jars of Apache Kafka, which Maven brings as `pom.xml` says.

They stay in Maven's own repository. Where they are is kept in `target/`, so that Maven runs once for each
`pom.xml`: at first without the network, then with it.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from runtime.embedded.server import CannotStartError

_POM = Path(__file__).with_name("pom.xml")
_TARGET = Path(__file__).with_name("target")
_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"
JAVA_MAJOR_MIN = 17
_JAVA_LIMIT_S = 10
# For each of the two runs.
_MAVEN_LIMIT_S = 300
_SAID_MAX = 600


def version() -> str:
    """The version of Apache Kafka, as pom.xml has it."""
    found = re.search(r"<kafka\.version>(.+)</kafka\.version>", _POM.read_text())
    assert found, f"{_POM.name} names no kafka.version"
    return found[1]


def missing() -> str:
    """What of Java and Maven this machine lacks; empty when nothing."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not installed on this machine"
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, timeout=_JAVA_LIMIT_S).stderr
    major = re.search(r'version "(\d+)', said)
    if major is None or int(major[1]) < JAVA_MAJOR_MIN:
        return f"Kafka wants Java {JAVA_MAJOR_MIN} or newer, and here is {said.partition(chr(10))[0]}"
    return ""


def known() -> str:
    """The class path that Maven gave before; empty when it never did, or a jar is gone."""
    file = _kept()
    text = file.read_text() if file.exists() else ""
    return text if text and all(Path(jar).is_file() for jar in text.split(os.pathsep)) else ""


def classpath() -> str:
    """Java's class path of Apache Kafka. Raises CannotStartError when Maven can't bring it."""
    _TARGET.mkdir(exist_ok=True)
    # Two test runs in one checkout would write the same files.
    with (_TARGET / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found := known():
            return found
        fresh = _kept().with_suffix(".new")
        for network in (["--offline"], []):
            said = _maven(*network, f"-Dmdep.outputFile={fresh}")
            if not said:
                fresh.replace(_kept())
                return known()
        raise CannotStartError(f"Maven could not bring Apache Kafka {version()}: {said}")


def _kept() -> Path:
    return _TARGET / f"classpath-{hashlib.sha256(_POM.read_bytes()).hexdigest()[:16]}"


def _maven(*options: str) -> str:
    """Resolves the jars; returns what went wrong, empty when all went well."""
    argv = ["mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", "--file", str(_POM), *options, _GOAL]
    try:
        run = subprocess.run(argv, capture_output=True, text=True, timeout=_MAVEN_LIMIT_S)
    except subprocess.TimeoutExpired:
        return f"not within {_MAVEN_LIMIT_S} s"
    if run.returncode == 0:
        return ""
    said = run.stdout + run.stderr
    error = re.search(r"\[ERROR\] (\S.*)", said)
    return (error[1] if error else said)[:_SAID_MAX]
