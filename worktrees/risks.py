"""Which files make something run: a change to one is shown apart, and never lands unread."""

from __future__ import annotations

import re

# Anywhere in the repository: the name of a file or of a folder on the way to it.
_FOLDERS = frozenset(
    """
    .agents .aider .amp .buildkite .cargo .ci .circleci .claude .clinerules .codex .continue
    .copilot .crush .cursor .devcontainer .drone .factory .gemini .gitea .githooks .github
    .gitlab .goose .husky .idea .kilocode .kiro .lefthook .mvn .opencode .qwen .roo .run .vscode
    .windsurf .yarn .zed buildscripts ci git-hooks githooks
    """.split()  # noqa: SIM905  # so many words are read more easily without quotes
)
_FILES = frozenset(
    """
    .aider.conf.yml .babelrc .bazelrc .clinerules .cursorrules .editorconfig-checker.json .envrc
    .eslintrc.cjs .eslintrc.js .gitattributes .gitconfig .gitlab-ci.yml .gitmodules .goosehints
    .justfile .lfsconfig .mcp.json .mise.toml .npmrc .pnp.cjs .pnpmfile.cjs
    .pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml .rooignore
    .tool-versions .travis.yml .windsurfrules .yarnrc .yarnrc.yml agents.md appveyor.yml
    azure-pipelines.yml bitbucket-pipelines.yml bitrise.yml brewfile build build.bazel
    build.gradle build.gradle.kts build.rs build.sbt build.xml build.zig bun.lockb bunfig.toml
    cargo.lock cargo.toml claude.local.md claude.md cmakelists.txt compose.yaml compose.yml
    composer.json conductor.toml configure configure.ac conftest.py containerfile
    copilot-instructions.md default.nix deno.json deno.jsonc devbox.json docker-compose.yaml
    docker-compose.yml dockerfile earthfile flake.lock flake.nix gemfile gemini.md gnumakefile
    go.mod go.sum go.work gradle.properties gradlew gradlew.bat gruntfile.js guardfile
    gulpfile.js hatch.toml jenkinsfile justfile lefthook.yml lerna.json makefile makefile.am
    manifest.in meson.build mise.toml mix.exs module.bazel mvnw mvnw.cmd nox.py noxfile.py
    nx.json opencode.json opencode.jsonc package-lock.json package.json pdm.lock pipfile
    pipfile.lock pnpm-lock.yaml pnpm-workspace.yaml poetry.lock pom.xml procfile project.clj
    pyproject.toml pytest.ini qwen.md rakefile requirements.txt rust-toolchain
    rust-toolchain.toml settings.gradle settings.gradle.kts setup.cfg setup.py shell.nix
    sitecustomize.py skaffold.yaml taskfile.yaml taskfile.yml tiltfile tox.ini turbo.json
    usercustomize.py uv.lock uv.toml vagrantfile workspace wscript yarn.lock
    """.split()  # noqa: SIM905  # so many words are read more easily without quotes
)
_PATTERNS = re.compile(
    r"""
    .*\.(?:mk|cmake|gradle|gradle\.kts|pth|bzl|nix|csproj|vbproj|fsproj|props|targets|gemspec
        |podspec|cabal|service|desktop|plist|vcxproj)
    | .*\.(?:config|conf|setup)\.(?:js|cjs|mjs|ts|mts|cts)
    | (?:docker|container)file\..* | .*\.(?:docker|container)file | jenkinsfile\..*
    | requirements[-_.].*\.(?:txt|in) | \.env(?:\..*)? | \.?eslintrc.* | makefile\..* | .*\.makefile
    | \.gitlab-ci.*\.ya?ml | docker-compose.*\.ya?ml | webpack\..* | rollup\..* | pre-commit.*
    """,
    re.VERBOSE | re.DOTALL,
)
_SCRIPT = re.compile(r".*\.(?:sh|bash|zsh|fish|ps1|bat|cmd|psm1)", re.DOTALL)
# Some file systems take these for nothing, so that `.CLAUDE ` or `.cl<U+200C>aude` is `.claude`.
_IGNORED = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def runs_code(path: str) -> bool:
    """Whether a change to this file can change what runs: builds, CI, hooks, agents, editors."""
    parts = [
        _IGNORED.sub("", part).casefold().rstrip(". ") or part
        for part in path.replace("\\", "/").split("/")
    ]
    *folders, name = parts
    return (
        name in _FILES
        or any(part in _FOLDERS for part in parts)
        or _PATTERNS.fullmatch(name) is not None
        or _SCRIPT.fullmatch(name) is not None
        or "requirements" in folders
    )
