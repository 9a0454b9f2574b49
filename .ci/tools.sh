# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by ../test: which programs the steps need beside Rust, where they are, and how to get those
# that are missing. Uses say, die and $work from there.

tools_for() { # STEP
    case $1 in
        postgres | deploy) say postgresql ;;
        browser) say chromium chromedriver zbarimg pdftoppm ;;
    esac
}

# Homebrew's chromedriver follows Chrome's version, not Chromium's; Arch has it in Chromium's package.
tool_table() {
    cat <<'END'
tool         apt-get         ubuntu                dnf               apk                  pacman     brew
postgresql   postgresql      postgresql            postgresql-server postgresql           postgresql postgresql@17
chromium     chromium        chromium-browser      chromium          chromium             chromium   google-chrome
chromedriver chromium-driver chromium-chromedriver chromedriver      chromium-chromedriver chromium  chromedriver
zbarimg      zbar-tools      zbar-tools            zbar              zbar                 zbar       zbar
pdftoppm     poppler-utils   poppler-utils         poppler-utils     poppler-utils        poppler    poppler
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
        postgresql) say "for step postgres: the server that its tests start a copy of" ;;
        chromium) say "for step browser: the browser" ;;
        chromedriver) say "for step browser: drives the browser" ;;
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

find_tool() { # TOOL; prints where it is
    case $1 in
        postgresql) postgres_folder ;;
        chromium) first_command "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
            '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ;;
        chromedriver) first_command "${CHROMEDRIVER:-}" chromedriver ;;
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

install_missing() { # TOOL...
    local tool manager packages=() missing=()
    for tool; do find_tool "$tool" >/dev/null || missing+=("$tool"); done
    if ((${#missing[@]} == 0)); then return; fi

    manager=$(first_command apt-get dnf apk pacman brew) || manager=none
    manager=${manager##*/}
    say "Missing on this machine:"
    for tool in "${missing[@]}"; do
        packages+=("$(package_for "$manager" "$tool")")
        printf '  %-22s %s\n' "${packages[${#packages[@]} - 1]}" "$(reason_for "$tool")"
    done
    if [[ $manager == none ]]; then
        die "Neither apt-get, dnf, apk, pacman nor brew is here: please install these by hand."
    elif [[ $manager != brew ]] && ((EUID != 0)) && ! command -v sudo >/dev/null; then
        die "You are not root, and sudo is not here: please have these installed: ${packages[*]}"
    fi
    say "Installing them with $manager."
    case $manager in
        apt-get)
            apt_get update || say "Going on with the package lists as they are."
            apt_get install -y --no-install-recommends "${packages[@]}"
            ;;
        dnf) as_root dnf install -y "${packages[@]}" ;;
        apk) as_root apk add "${packages[@]}" ;;
        pacman) as_root pacman -Sy --needed --noconfirm "${packages[@]}" ;;
        brew) brew install "${packages[@]}" ;;
    esac
    for tool in "${missing[@]}"; do
        find_tool "$tool" >/dev/null || die "$tool is still not to be found: please install it by hand."
    done
}
