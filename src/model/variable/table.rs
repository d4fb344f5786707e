//! The table of variables that steer programs.

use super::steering::{NOTHING, Steering};

#[rustfmt::skip]
pub(super) static TABLE: [Steering; 13] = [
    Steering {
        decides: "where programs find commands, their user, folders, terminal, language and time",
        names: &[
            "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TERM", "TERMCAP",
            "TERMINFO", "TERMINFO_DIRS", "TERMPATH", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR",
            "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "LANG", "LANGUAGE", "LC_ADDRESS", "LC_ALL",
            "LC_COLLATE", "LC_CTYPE", "LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_MESSAGES",
            "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER", "LC_TELEPHONE", "LC_TIME", "TZ",
            "TMPDIR", "TMP", "TEMP", "TEMPDIR", "MANPATH", "DISPLAY", "WAYLAND_DISPLAY",
            "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
        ],
        prefixes: &["XDG_"],
        ..NOTHING
    },
    Steering {
        decides: "what the dynamic linker loads into programs",
        names: &[
            "LD_ASSUME_KERNEL", "LD_CONFIG", "LD_DYNAMIC_WEAK", "LD_ELF_HINTS_PATH", "LD_FLAGS",
            "LD_HWCAP_MASK", "LD_KEEPDIR", "LD_LOADFLTR", "LD_NOAUDIT", "LD_NOWARN", "LD_OPTIONS",
            "LD_ORIGIN_PATH", "LD_POINTER_GUARD", "LD_PREFER_MAP_32BIT_EXEC", "LD_RUN_PATH",
            "LD_SHOW_AUXV", "LD_USE_LOAD_BIAS", "LD_VERBOSE", "LD_WARN", "LDR_CNTRL", "LIBPATH",
            "SHLIB_PATH",
        ],
        prefixes: &[
            "LD_AUDIT", "LD_BIND_NO", "LD_DEBUG", "LD_LIBMAP", "LD_LIBRARY_PATH", "LD_PRELOAD",
            "LD_PROFILE", "LD_TRACE_", "LD_32_", "LD_64_", "DYLD_", "LDR_PRELOAD", "_RLD",
        ],
        ..NOTHING
    },
    Steering {
        decides: "how the C library resolves names, converts texts and keeps memory",
        names: &[
            "GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH",
            "MUSL_LOCPATH", "NIS_PATH", "NLSPATH", "PATH_LOCALE", "RESOLV_HOST_CONF", "RES_OPTIONS",
            "TZDIR",
        ],
        prefixes: &["MALLOC_"],
        ..NOTHING
    },
    Steering {
        decides: "what shells run at their start, and how they read commands",
        names: &[
            "IFS", "ENV", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "BASH_COMPAT", "BASH_LOADABLES_PATH",
            "BASH_XTRACEFD", "POSIXLY_CORRECT", "PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS3", "PS4",
            "CDPATH", "FPATH", "GLOBIGNORE", "EXECIGNORE", "FCEDIT", "HISTFILE", "INPUTRC", "MAIL",
            "MAILPATH", "MAILCHECK", "NULLCMD", "READNULLCMD", "ZDOTDIR", "KSH_VERSION",
        ],
        prefixes: &["BASH_FUNC_"],
        ..NOTHING
    },
    Steering {
        decides: "what code Python and JavaScript run",
        names: &[
            "PYTHONASYNCIODEBUG", "PYTHONBREAKPOINT", "PYTHONCASEOK", "PYTHONCOERCECLOCALE",
            "PYTHONDEBUG", "PYTHONDEVMODE", "PYTHONDONTWRITEBYTECODE", "PYTHONEXECUTABLE",
            "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONHOME", "PYTHONHTTPSVERIFY",
            "PYTHONINSPECT", "PYTHONIOENCODING", "PYTHONMALLOC", "PYTHONNOUSERSITE",
            "PYTHONOPTIMIZE", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONPROFILEIMPORTTIME",
            "PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH", "PYTHONSTARTUP", "PYTHONTRACEMALLOC",
            "PYTHONUNBUFFERED", "PYTHONUSERBASE", "PYTHONUTF8", "PYTHONVERBOSE", "PYTHONWARNINGS",
            "PYTHON_BASIC_REPL", "PYTHON_FROZEN_MODULES", "PYTHON_GIL", "PYTHON_HISTORY",
            "PYTHON_JIT", "PYTHON_PRESITE", "VIRTUAL_ENV", "CONDA_PREFIX", "PIP_CONFIG_FILE",
            "PIP_TRUSTED_HOST", "NODE_CHANNEL_FD", "NODE_COMPILE_CACHE", "NODE_DEBUG", "NODE_ENV",
            "NODE_ICU_DATA", "NODE_OPTIONS", "NODE_PATH", "NODE_PRESERVE_SYMLINKS",
            "NODE_PRESERVE_SYMLINKS_MAIN", "NODE_REDIRECT_WARNINGS", "NODE_REPL_EXTERNAL_MODULE",
            "NODE_REPL_HISTORY", "NODE_UNIQUE_ID", "NODE_V8_COVERAGE", "BUN_OPTIONS",
            "ELECTRON_RUN_AS_NODE", "DENO_V8_FLAGS",
            "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "TS_NODE_PROJECT", "COVERAGE_PROCESS_START",
            "UV_PYTHON",
        ],
        ..NOTHING
    },
    Steering {
        decides: "what code other languages run",
        names: &[
            "PERL5DB", "PERL5LIB", "PERL5OPT", "PERL5SHELL", "PERLIO", "PERLIO_DEBUG", "PERLLIB",
            "PERL_LOCAL_LIB_ROOT", "PERL_MB_OPT", "PERL_MM_OPT", "PERL_UNICODE", "RUBYLIB",
            "RUBYOPT", "RUBYPATH", "RUBYSHELL", "DLN_LIBRARY_PATH", "GEM_HOME", "GEM_PATH", "IRBRC",
            "BUNDLE_APP_CONFIG", "BUNDLE_GEMFILE", "BUNDLE_USER_CONFIG", "PHPRC",
            "PHP_INI_SCAN_DIR", "JAVA_HOME", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVAC_OPTIONS",
            "JDK_JAVA_OPTIONS", "JRE_HOME", "_JAVA_OPTIONS", "CLASSPATH", "GRADLE_OPTS",
            "MAVEN_ARGS", "MAVEN_OPTS", "SBT_OPTS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_ROOT",
            "DOTNET_SHARED_STORE", "DOTNET_STARTUP_HOOKS", "ERL_AFLAGS", "ERL_FLAGS", "ERL_LIBS",
            "ERL_ZFLAGS", "ELIXIR_ERL_OPTIONS", "JULIA_LOAD_PATH", "JULIA_DEPOT_PATH", "R_PROFILE",
            "R_PROFILE_USER", "R_ENVIRON", "R_ENVIRON_USER", "R_LIBS", "R_LIBS_USER", "TCLLIBPATH",
            "EMACSLOADPATH", "VIMINIT", "EXINIT",
            "JRUBY_OPTS", "JAVA_OPTIONS", "CATALINA_OPTS", "GUILE_LOAD_PATH",
            "GUILE_LOAD_COMPILED_PATH", "CAML_LD_LIBRARY_PATH", "OCAMLRUNPARAM", "PSModulePath",
            "CORECLR_ENABLE_PROFILING", "COR_ENABLE_PROFILING",
        ],
        prefixes: &["LUA_INIT", "LUA_PATH", "LUA_CPATH", "CORECLR_PROFILER", "COR_PROFILER"],
        ..NOTHING
    },
    Steering {
        decides: "what compilers and build tools run",
        names: &[
            "CC", "CXX", "CPP", "LD", "AR", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "CPATH",
            "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH",
            "GCC_EXEC_PREFIX", "PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "MAKEFILES",
            "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "CMAKE_TOOLCHAIN_FILE", "RUSTC", "RUSTDOC",
            "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS", "RUSTDOCFLAGS",
            "CARGO_ENCODED_RUSTFLAGS", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "GOFLAGS",
            "GOENV", "GOROOT", "GOPATH", "GOBIN", "GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB",
            "GOINSECURE", "GOPRIVATE", "GOTOOLCHAIN", "GODEBUG", "GOAUTH", "GOCACHEPROG",
            "CGO_CFLAGS", "CGO_LDFLAGS", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT",
            "ASAN_OPTIONS", "LSAN_OPTIONS", "MSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS",
            "NIX_PATH",
        ],
        prefixes: &["CARGO_BUILD_", "CARGO_TARGET_"],
        ..NOTHING
    },
    Steering {
        decides: "what npm runs, and from where it installs",
        names: &[
            "NPM_CONFIG_CA", "NPM_CONFIG_CAFILE", "NPM_CONFIG_EDITOR", "NPM_CONFIG_GIT",
            "NPM_CONFIG_GLOBALCONFIG", "NPM_CONFIG_INIT_MODULE", "NPM_CONFIG_NODE_GYP",
            "NPM_CONFIG_NODE_OPTIONS", "NPM_CONFIG_NOPROXY", "NPM_CONFIG_ONLOAD_SCRIPT",
            "NPM_CONFIG_PREFIX", "NPM_CONFIG_PYTHON", "NPM_CONFIG_REGISTRY",
            "NPM_CONFIG_SCRIPT_SHELL", "NPM_CONFIG_SHELL", "NPM_CONFIG_STRICT_SSL",
            "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_VIEWER",
        ],
        any_case: true,
        ..NOTHING
    },
    Steering {
        decides: "what Git and SSH run, read and trust",
        names: &[
            "GIT_ALLOW_PROTOCOL", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_ASKPASS",
            "GIT_ATTR_SOURCE", "GIT_CEILING_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG",
            "GIT_CURL_VERBOSE", "GIT_DIR", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EDITOR",
            "GIT_EXEC_PATH", "GIT_EXTERNAL_DIFF", "GIT_INDEX_FILE", "GIT_NAMESPACE",
            "GIT_OBJECT_DIRECTORY", "GIT_PAGER", "GIT_PROTOCOL_FROM_USER", "GIT_PROXY_COMMAND",
            "GIT_PROXY_SSL_CAINFO", "GIT_PROXY_SSL_CERT", "GIT_PROXY_SSL_KEY",
            "GIT_SEQUENCE_EDITOR", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT",
            "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_SSL_NO_VERIFY",
            "GIT_TEMPLATE_DIR", "GIT_TERMINAL_PROMPT", "GIT_WORK_TREE", "SSH_AGENT_PID",
            "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_AUTH_SOCK", "SSH_PKCS11_HELPER",
            "SSH_SK_HELPER", "SSH_SK_PROVIDER", "GNUPGHOME", "GPG_AGENT_INFO", "CVS_RSH", "SVN_SSH",
            "SVN_EDITOR", "HGEDITOR", "HGRCPATH",
        ],
        prefixes: &["GIT_CONFIG_", "GIT_TRACE"],
        ..NOTHING
    },
    Steering {
        decides: "which program is started as pager, editor, browser or helper",
        names: &[
            "PAGER", "MANPAGER", "SYSTEMD_PAGER", "SYSTEMD_EDITOR", "LESS", "LESSOPEN", "LESSCLOSE",
            "LESSKEY", "LESSKEYIN", "EDITOR", "VISUAL", "BROWSER", "SUDO_ASKPASS", "SUDO_EDITOR",
            "GH_BROWSER", "GH_EDITOR", "GH_PAGER", "AWS_PAGER", "PSQL_EDITOR", "PSQL_PAGER",
            "RSYNC_RSH", "RSYNC_CONNECT_PROG", "TAR_OPTIONS", "GREP_OPTIONS", "GTK_MODULES",
            "GTK_PATH", "GIO_EXTRA_MODULES", "GIO_MODULE_DIR", "QT_PLUGIN_PATH", "GST_PLUGIN_PATH",
            "QT_QPA_PLATFORM_PLUGIN_PATH", "GDK_PIXBUF_MODULE_FILE", "VK_ICD_FILENAMES",
            "WINEDLLOVERRIDES",
        ],
        ..NOTHING
    },
    Steering {
        decides: "through which machine requests go",
        // Python's urllib, and curl for each protocol, take what ends so for a proxy.
        suffixes: &["_PROXY"],
        any_case: true,
        ..NOTHING
    },
    Steering {
        decides: "which certificates and which cryptography programs trust",
        names: &[
            "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "OPENSSL_CONF",
            "OPENSSL_CONF_INCLUDE", "OPENSSL_ENGINES", "OPENSSL_MODULES", "OPENSSL_ia32cap",
            "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "CURL_SSL_BACKEND", "AWS_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_SYSTEM_CA",
            "DENO_CERT", "DENO_TLS_CA_STORE", "NIX_SSL_CERT_FILE", "PIP_CERT", "CARGO_HTTP_CAINFO",
            "BUNDLE_SSL_CA_CERT", "BUNDLE_SSL_VERIFY_MODE", "HTTPLIB2_CA_CERTS",
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "WEBSOCKET_CLIENT_CA_BUNDLE", "HTTPS_CA_DIR",
            "HTTPS_CA_FILE", "PERL_LWP_SSL_CA_FILE", "PERL_LWP_SSL_CA_PATH",
            "PERL_LWP_SSL_VERIFY_HOSTNAME", "PGSSLMODE", "PGSSLROOTCERT",
        ],
        ..NOTHING
    },
    Steering {
        decides: "which files, servers and open sockets programs use as their own",
        names: &[
            "CURL_HOME", "WGETRC", "NETRC", "KUBECONFIG", "DOCKER_CERT_PATH", "DOCKER_CONFIG",
            "DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "CONTAINER_HOST",
            "BUILDKIT_HOST", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "CLOUDSDK_CONFIG",
            "CLOUDSDK_PYTHON", "BOTO_CONFIG", "BOTO_PATH", "AZURE_CONFIG_DIR", "GH_CONFIG_DIR",
            "TF_CLI_CONFIG_FILE", "ANSIBLE_CONFIG", "PGSERVICEFILE", "PGSYSCONFDIR", "PSQLRC",
            "MYSQL_HOME", "ODBCINI", "ODBCSYSINI", "LDAPCONF", "LDAPRC", "KRB5CCNAME",
            "KRB5_CONFIG", "KRB5_KTNAME", "KRB5_TRACE", "LISTEN_FDNAMES", "LISTEN_FDS",
            "LISTEN_PID", "LISTEN_PIDFDID", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
            "MAINPID", "MANAGERPID", "SYSTEMD_EXEC_PID", "JOURNAL_STREAM", "INVOCATION_ID",
            "CREDENTIALS_DIRECTORY", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE",
        ],
        ..NOTHING
    },
];
