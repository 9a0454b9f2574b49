# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by ../test: which programs the steps need beside Rust, where they are, and how to get those
# that are missing. Uses say, die and $work from there.

vnu_version=26.9.27
vnu_folder=${XDG_CACHE_HOME:-$HOME/.cache}/gatehouse/vnu-$vnu_version

tools_for() { # STEP
    case $1 in
        lint) say cargo-deny ;;
        sqlite)
            if ! find_tool vnu >/dev/null; then say npm; fi
            say java vnu
            ;;
        postgres) say postgresql ;;
        deploy) say postgresql nginx pgbouncer curl openssl ;;
        browser) say chromium chromedriver zbarimg pdftoppm ;;
        coverage) say cargo-llvm-cov ;;
    esac
}

# Homebrew's chromedriver follows Chrome's version, not Chromium's; Arch has it in Chromium's package.
tool_table() {
    cat <<'END'
tool         apt-get         ubuntu                dnf               apk                  pacman     brew
postgresql   postgresql      postgresql            postgresql-server postgresql           postgresql postgresql@17
nginx        nginx           nginx                 nginx             nginx                nginx      nginx
pgbouncer    pgbouncer       pgbouncer             pgbouncer         pgbouncer            pgbouncer  pgbouncer
curl         curl            curl                  curl              curl                 curl       curl
openssl      openssl         openssl               openssl           openssl              openssl    openssl
chromium     chromium        chromium-browser      chromium          chromium             chromium   google-chrome
chromedriver chromium-driver chromium-chromedriver chromedriver      chromium-chromedriver chromium  chromedriver
zbarimg      zbar-tools      zbar-tools            zbar              zbar                 zbar       zbar
pdftoppm     poppler-utils   poppler-utils         poppler-utils     poppler-utils        poppler    poppler
java         default-jre-headless default-jre-headless java-latest-openjdk-headless openjdk21-jre-headless jre-openjdk-headless openjdk
npm          npm             npm                   npm               npm                  npm        node
END
}

package_for() { # MANAGER TOOL
    local column=$1
    if [[ $column == apt-get ]] && grep -qs ubuntu /etc/os-release; then column=ubuntu; fi
    tool_table | awk -v column="$column" -v tool="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) wanted = i }
        $1 == tool { print $(wanted ? wanted : 1) }'
}

reason_for() { # TOOL
    case $1 in
        postgresql) say "for steps postgres and deploy: the server that they start a copy of" ;;
        nginx | pgbouncer) say "for step deploy: a copy of it runs before two processes" ;;
        curl | openssl) say "for step deploy: asks for pages, with TLS" ;;
        chromium) say "for step browser: the browser" ;;
        chromedriver) say "for step browser: drives the browser" ;;
        cargo-deny) say "for step lint: licences and sources of the dependencies" ;;
        java) say "for step sqlite: runs the HTML checker" ;;
        npm) say "for step sqlite: brings the HTML checker" ;;
        vnu) say "for step sqlite: the Nu HTML Checker, from npm" ;;
        cargo-llvm-cov) say "for step coverage: counts the lines that tests run" ;;
        zbarimg) say "for step browser: reads the passes' QR codes as a scanner would" ;;
        pdftoppm) say "for step browser: turns printed passes into pictures" ;;
    esac
}

first_command() { # NAME...; prints where the first that exists is
    local name
    for name; do
        if [[ -n $name ]] && command -v "$name"; then return; fi
    done
    return 1
}

postgres_folder() { # prints where the newest server's programs are, which is often outside PATH
    local folder found=''
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
        /usr/local/opt/postgresql@*/bin /opt/homebrew/opt/postgresql@*/bin; do
        if [[ -x $folder/initdb && -x $folder/pg_ctl ]]; then found=$folder; fi
    done
    if [[ -z $found ]]; then found=$(command -v initdb) && found=${found%/*} || return 1; fi
    say "$found"
}

vnu_file() { # prints where the Nu HTML Checker is: a program, or a jar
    local file
    if command -v vnu; then return; fi
    for file in "${VNU_JAR:-}" "$vnu_folder/node_modules/vnu-jar/build/dist/vnu.jar"; do
        if [[ -f $file ]]; then say "$file"; return; fi
    done
    return 1
}

working_java() { # macOS has a java that only says that there is none
    local java
    for java in java /opt/homebrew/opt/openjdk/bin/java /usr/local/opt/openjdk/bin/java; do
        if "$java" -version >/dev/null 2>&1; then say "$java"; return; fi
    done
    return 1
}

find_tool() { # TOOL; prints where it is
    case $1 in
        postgresql) postgres_folder ;;
        chromium) first_command "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
            '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ;;
        chromedriver) first_command "${CHROMEDRIVER:-}" chromedriver ;;
        cargo-*) first_command "$1" "${CARGO_HOME:-$HOME/.cargo}/bin/$1" ;;
        vnu) vnu_file ;;
        java) working_java ;;
        # Debian keeps servers outside the PATH of who is not root.
        nginx | pgbouncer) first_command "$1" "/usr/sbin/$1" ;;
        *) first_command "$1" ;;
    esac
}

as_root() { if ((EUID == 0)); then "$@"; else sudo "$@"; fi; }

apt_get() { # waits while another apt-get holds a lock, which apt's own option does not do for `update`
    local attempt
    for attempt in {1..120}; do
        if as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive \
            apt-get -qq -o DPkg::Lock::Timeout=600 "$@" </dev/null 2>"$work/apt.err"; then return; fi
        if ! grep -q 'Could not get lock' "$work/apt.err"; then break; fi
        if ((attempt == 1)); then say "Waiting for another apt-get to finish."; fi
        sleep 5
    done
    cat "$work/apt.err" >&2
    return 1
}

install_packages() { # MANAGER PACKAGE...
    local manager=$1
    shift
    if [[ $manager == none ]]; then
        die "Neither apt-get, dnf, apk, pacman nor brew is here: please install these by hand."
    elif [[ $manager != brew ]] && ((EUID != 0)) && ! command -v sudo >/dev/null; then
        die "You are not root, and sudo is not here: please have these installed: $*"
    fi
    say "Installing them with $manager: $*"
    case $manager in
        apt-get)
            apt_get update || say "Going on with the package lists as they are."
            apt_get install -y --no-install-recommends "$@"
            ;;
        dnf) as_root dnf install -y "$@" ;;
        apk) as_root apk add "$@" ;;
        pacman) as_root pacman -Sy --needed --noconfirm "$@" ;;
        brew) brew install "$@" ;;
    esac
}

build_tool() { # CRATE VERSION
    say "Building $1 with cargo, which takes some minutes once."
    env -u CARGO_TARGET_DIR cargo install --quiet --locked "$1@$2"
}

install_other() { # TOOL; those that no package manager has
    case $1 in
        cargo-deny) build_tool cargo-deny 0.20.2 ;;
        cargo-llvm-cov) build_tool cargo-llvm-cov 0.9.1 ;;
        vnu)
            say "Fetching vnu-jar with npm."
            npm install --silent --no-save --prefix "$vnu_folder" "vnu-jar@$vnu_version"
            ;;
    esac
}

install_missing() { # TOOL...
    local tool manager package packages=() missing=()
    for tool; do find_tool "$tool" >/dev/null || missing+=("$tool"); done
    if ((${#missing[@]} == 0)); then return; fi

    manager=$(first_command apt-get dnf apk pacman brew) || manager=none
    manager=${manager##*/}
    say "Missing on this machine:"
    for tool in "${missing[@]}"; do
        package=$(package_for "$manager" "$tool")
        if [[ -n $package ]]; then packages+=("$package"); fi
        printf '  %-22s %s\n' "${package:-$tool}" "$(reason_for "$tool")"
    done
    if ((${#packages[@]} > 0)); then install_packages "$manager" "${packages[@]}"; fi
    for tool in "${missing[@]}"; do
        install_other "$tool"
        find_tool "$tool" >/dev/null || die "$tool is still not to be found: please install it by hand."
    done
}
