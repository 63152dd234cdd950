"""The site, built by ``ci/docs``: Markdown pages, an API reference from docstrings, a gallery from examples/."""

import inspect
import os
import shutil
from importlib import import_module
from importlib.metadata import version as installed
from pathlib import Path

from docutils.parsers.rst.states import Inliner

import hebbfast

os.environ.setdefault("MPLBACKEND", "agg")

project = "hebbfast"
author = "The hebbfast developers"
project_copyright = author
version = release = installed("hebbfast")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "gallery/**.py", "gallery/sg_execution_times.rst", "sg_execution_times.rst"]
nitpicky = False

html_theme = "pydata_sphinx_theme"
html_title = "hebbfast"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "secondary_sidebar_items": ["page-toc"],
}
html_context = {"default_mode": "auto"}

myst_heading_anchors = 3
suppress_warnings = ["config.cache"]  # functions in sphinx_gallery_conf

autodoc_typehints = "none"  # docstrings have shapes, which types have not
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def written_pictures(block, block_vars, gallery_conf):
    """Pictures that an example has written to its folder, for the page of the example."""
    from sphinx_gallery.scrapers import figure_rst

    moved = []
    for picture in sorted(Path(block_vars["src_file"]).parent.glob("*.png")):
        target = next(block_vars["image_path_iterator"])
        shutil.move(picture, target)
        moved.append(target)
    return figure_rst(moved, gallery_conf["src_dir"])


sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "image_scrapers": ("matplotlib", written_pictures),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "within_subsection_order": "FileNameSortKey",
    "matplotlib_animations": False,
}


def first_line_is_title(app, name, source):
    """The first line of an example's docstring is the title of its page in the gallery."""
    if name.startswith("gallery/") and name != "gallery/index":
        head, label, body = source[0].partition(f".. _sphx_glr_{name.replace('/', '_')}.py:\n\n")
        title, _, rest = body.partition("\n")
        source[0] = f"{head}{label}{title}\n{'=' * 2 * len(title)}\n{rest}"


API = [  # modules whose public names make the reference
    "hebbfast",
    *(f"hebbfast.{name}" for name in dir(hebbfast) if inspect.ismodule(getattr(hebbfast, name))),
    "hebbfast.theory.mean_field",
    "hebbfast.plots",
    *(f"hebbfast.compat.{name}" for name in ("dimod", "hopfieldkit", "hopfieldnetwork", "neurodynex3", "sklearn")),
]
RETURNED = [  # what calls of the first return, and what an interaction of one's own must have
    "dynamics.annealing.Annealing",
    "dynamics.partition.LogPartition",
    "dynamics.events.Events",
    "dynamics.sampling.Samples",
    "dynamics.tempering.Tempering",
    "interactions.Interaction",
    "networks._channel.Posterior",
    "search.Nearest",
]


autosummary_generate = [f"api/{name}.rst" for name in API]


def api_pages(app, _config):
    """A page a module; autosummary follows with one a public name."""
    folder = Path(app.srcdir) / "api"
    folder.mkdir(exist_ok=True)
    for name in API:
        module = import_module(name)
        public = [thing for thing in module.__all__ if callable(getattr(module, thing))]
        about = module.__doc__.partition("\n")[0]
        lines = [name, "=" * len(name), "", about, "", f".. currentmodule:: {name}", "", ".. autosummary::"]
        lines += ["   :toctree:", "", *(f"   {thing}" for thing in public + RETURNED * (name == "hebbfast")), ""]
        write_changed(folder / f"{name}.rst", lines)
    about = "Every public name, from its docstring; the tests run the examples in it."
    index = ["API reference", "=============", "", about, "", ".. toctree::", "   :maxdepth: 1", ""]
    write_changed(folder / "index.rst", [*index, *(f"   {name}" for name in API), ""])


def write_changed(page, lines):
    """Write a page that is not there, or is another: Sphinx reads again what is new."""
    text = "\n".join(lines)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def bar(_inliner, match, _line):
    """A bar as it stands."""
    end = match.end("start")
    return match.string[:end], [], match.string[end:], []


def of_others(_app, _what, _name, thing, _skip, _options):
    """What an estimator inherits has its page at scikit-learn's."""
    return True if str(getattr(thing, "__module__", "")).startswith("sklearn.") else None


Inliner.dispatch["|"] = bar  # |x| is an absolute value here, not a substitution


def setup(app):
    """Sphinx calls this."""
    app.connect("config-inited", api_pages)
    app.connect("source-read", first_line_is_title)
    app.connect("autodoc-skip-member", of_others)
