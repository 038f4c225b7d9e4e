"""Certificates made on the spot: a service called us, a stranger called them, each with a CA of its own."""

import subprocess
from pathlib import Path


def make_pki(folder: Path, san: str = "IP:127.0.0.1") -> Path:
    """Writes ca, us, other_ca and them, each as .pem and .key, good for `san` and two days; `folder`."""
    (folder / "san").write_text(f"subjectAltName={san}")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    for ca, leaf in (("ca", "us"), ("other_ca", "them")):
        _openssl(folder, f"req -x509 {new_key} -days 2 -subj /CN={ca} -keyout {ca}.key -out {ca}.pem")
        _openssl(folder, f"req {new_key} -subj /CN={leaf} -keyout {leaf}.key -out {leaf}.csr")
        signed_by = f"-CA {ca}.pem -CAkey {ca}.key -CAcreateserial"
        _openssl(folder, f"x509 -req -in {leaf}.csr {signed_by} -days 2 -extfile san -out {leaf}.pem")
    return folder


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
