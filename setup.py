"""Build the bridges of ``hebbfast._kernels``; everything static lives in pyproject.toml."""

import os
import shutil
import sys
import sysconfig
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ABI3 = not sysconfig.get_config_var("Py_GIL_DISABLED")  # no stable ABI for free-threaded builds yet
DEBUG = bool(os.environ.get("HEBBFAST_DEBUG"))
# gcc or clang. A fused multiply-add would give each level its own last bit. Nothing but the module is exported.
flags = ["-std=gnu11", "-ffp-contract=off", "-fvisibility=hidden"]
flags += ["-O0", "-g", "-UNDEBUG"] if DEBUG else ["-O3", "-g0"]
link_flags = ["-Wl,-z,relro,-z,now"] if sys.platform == "linux" else []
headers = sorted(glob("hebbfast/_kernels/c/**/*.h", recursive=True)) + sorted(glob("hebbfast/_kernels/*.pxd"))
SHARED = "hebbfast._kernels._memoryviews"  # what Cython writes for memoryviews, once and not in each bridge: 0.4 MB


def extension(name, sources, depends=()):
    """One module."""
    return Extension(
        name,
        sources=sources,
        depends=depends,  # rebuild on change; also what the sdist carries
        define_macros=[("Py_LIMITED_API", "0x030B0000")] if ABI3 else [],
        py_limited_api=ABI3,
        extra_compile_args=flags,
        extra_link_args=link_flags,
        libraries=["m"] if os.name == "posix" else [],
    )


kernels = [extension(SHARED, [])]
for path in sorted(glob("hebbfast/_kernels/*.pyx")):
    name = os.path.splitext(os.path.basename(path))[0]
    kernels.append(extension(f"hebbfast._kernels.{name}", [path], [path, *headers]))
directives = {
    "boundscheck": DEBUG,
    "initializedcheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
}


class Build(build_ext):
    """Says what is missing, where there is no compiler; builds side by side, up to 2 GB each."""

    def build_extensions(self):
        """Build them, by gcc or clang."""
        command = getattr(self.compiler, "compiler_so", None)  # MSVC has none
        if not command or not shutil.which(command[0]):
            found = f"no {command[0]}" if command else "MSVC"
            sys.exit(f"hebbfast is built from C by gcc or clang, and here is {found}: install one, or take a wheel")
        self.parallel = self.parallel or min(4, os.cpu_count() or 1)
        super().build_extensions()


setup(  # force: cythonize compares timestamps only and would miss a changed directive
    cmdclass={"build_ext": Build},
    ext_modules=cythonize(kernels, force=True, compiler_directives=directives, shared_utility_qualified_name=SHARED),
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if ABI3 else {},
)
