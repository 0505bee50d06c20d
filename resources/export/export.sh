#!/bin/sh
# Exports what an audit of this host needs, for a host on which no auditor may run.
#
#   sh export.sh NEW_FOLDER [FOLDER_OF_MODELS ...]
#
# It reads, and writes only into NEW_FOLDER, which it makes. It sends nothing, installs nothing, changes nothing, and
# needs a POSIX shell and the usual tools; what is missing is noted. As root it sees more. Of model folders it copies
# texts and headers, never weights; of these it computes SHA-256. Of environments it takes the variables named below
# only, and of those that hold secrets only that they are set. Secrets in command lines are replaced by ***.
# Without FOLDER_OF_MODELS it looks where the usual programs keep theirs.
set -u
umask 077
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin; export PATH

patterns='@PATTERNS@'
variables=' @VARIABLES@ '
packages='@PACKAGES@'
weights='@WEIGHTS@'
held='@HELD@'
footprints='@FOOTPRINTS@'
settings='@SETTINGS@'

[ $# -ge 1 ] || { echo "usage: sh export.sh NEW_FOLDER [FOLDER_OF_MODELS ...]" >&2; exit 2; }
case $1 in /*) out=$1 ;; *) out=$(pwd)/$1 ;; esac
shift
mkdir "$out" || exit 2
mkdir "$out/files"
manifest=$out/manifest.tsv
tab=$(printf '\t')

has() { command -v "$1" >/dev/null 2>&1; }

say() { printf '%s\t%s\n' "$1" "$2" >>"$manifest"; }

step() { printf 'step\t%s\t%s\t%s\n' "$1" "$2" "$3" >>"$manifest"; [ "$2" = ok ] || echo "$2: $3"; }

# run FILE COMMAND ...: what the command prints becomes FILE
run() {
    file=$1; shift
    if ! has "$1"; then step "$file" missing "$*"; return; fi
    if "$@" >"$out/$file" 2>/dev/null </dev/null; then step "$file" ok "$*"; else step "$file" "failed $?" "$*"; fi
}

# copy BYTES FILE: the beginning of a file, below files/, where it stands on the host
copy() {
    mkdir -p "$out/files${2%/*}" && head -c "$1" "$2" >"$out/files$2" 2>/dev/null
}

machine() {
    uname -a >"$out/uname.txt" && step uname.txt ok "uname -a"
    for file in /etc/os-release /usr/lib/os-release /proc/sys/kernel/hostname /proc/sys/kernel/osrelease \
        /proc/meminfo /proc/cpuinfo; do
        [ -r "$file" ] && copy 1048576 "$file"
    done
    mkdir -p "$out/files/proc" && grep '^btime ' /proc/stat >"$out/files/proc/stat"
    run timedatectl.txt timedatectl show
    say machine "$(tr -d '\n' </etc/machine-id 2>/dev/null | sha256sum | cut -d ' ' -f 1)"
    say capabilities "$(sed -n "s/^CapEff:[ $tab]*//p" /proc/self/status)"
    say ticks "$(getconf CLK_TCK 2>/dev/null || echo 100)"
    if [ -e /.dockerenv ]; then say container docker
    elif [ -e /run/.containerenv ]; then say container podman
    elif [ -r /run/systemd/container ]; then say container "$(cat /run/systemd/container)"; fi
    # Names, numbers, homes and shells of users; no field that could hold a password or a person's name.
    mkdir -p "$out/files/etc" && awk -F : '{ print $1 "::" $3 ":" $4 "::" $6 ":" $7 }' /etc/passwd >"$out/files/etc/passwd"
}

# Settings that decide who may log in, where prompts may be left and what may leave; files of text, and no others.
settings() {
    for pattern in $settings; do
        for file in $pattern; do
            if [ ! -e "$file" ]; then step "files$file" absent "$file"
            elif [ -f "$file" ] && [ -r "$file" ]; then
                mkdir -p "$out/files${file%/*}"
                head -c 262144 "$file" | sed -E \
                    -e 's#(://)[^/@ ]+@#\1***@#g' \
                    -e 's/(([Tt]oken|[Ss]ecret|[Pp]assw(or)?d|[Cc]redential|[Aa]pi_?[Kk]ey)[^:= ]*["'\'']?[ ]*[:=][ ]*).*/\1***/' \
                    >"$out/files$file" 2>/dev/null
            else step "files$file" denied "$file"; fi
        done
    done
    for part in /sys/class/block/*; do
        [ -r "$part/dev" ] || continue
        below=$(ls "$part/slaves" 2>/dev/null | tr '\n' ',')
        uuid=$(cat "$part/dm/uuid" 2>/dev/null | tr ' ' _)
        disk=$(readlink -f "$part"); disk=${disk%/*}
        echo "${part##*/} $(cat "$part/dev") ${uuid:--} ${below:--} ${disk##*/}"
    done >"$out/block.txt"
    step block.txt ok "read /sys/class/block"
    # Asked only where the kernel has a packet filter, because asking would load one.
    if [ -d /sys/module/nf_tables ] || [ ! -r /proc/kallsyms ] || grep -q nft_do_chain /proc/kallsyms; then run nft.txt nft list ruleset
    else step nft.txt absent "nft list ruleset"; fi
    if [ ! -e /proc/net/ip_tables_names ]; then step iptables.txt absent "iptables -S"
    elif [ ! -r /proc/net/ip_tables_names ] || grep -q . /proc/net/ip_tables_names; then run iptables.txt iptables -S
    else step iptables.txt absent "iptables -S"; fi
}

# One process: what it is called with, the named variables, weight files that it holds, packages beside its modules
process() {
    p=/proc/$1
    echo "process $1"
    awk '/^PPid:/ { print " parent " $2 } /^Uid:/ { print " uid " $2 } /^Name:/ { print " name " $2 }' "$p/status"
    sed 's/^.*) //' "$p/stat" | awk '{ print " ticks " $20 }'
    echo " exe $(readlink "$p/exe")"
    sed 's/^/ cgroup /' "$p/cgroup"
    sed -n 's/^Max core file size *\([a-z0-9]*\).*/ core \1/p' "$p/limits"
    tr '\n\000' ' \n' <"$p/cmdline" | awk '
        hide && !/^--/ { print " argument ***"; hide = 0; next }
        { hide = 0; name = tolower($0); sub(/=.*/, "", name) }
        name ~ /(token|secret|passw|credential|cookie|api[-_]?key|access[-_]?key|private[-_]?key|auth)/ && name !~ /tokens|tokeni[sz]er/ {
            if ($0 ~ /^-[^=]*$/) hide = 1
            else if ($0 ~ /=/) { sub(/=.*/, "=***") } }
        { print " argument " $0 }'
    if [ -r "$p/environ" ]; then
        tr '\n\000' ' \n' <"$p/environ" | awk -v names="$variables" '
            { name = $0; sub(/=.*/, "", name) }
            name != "" && index(names, " " name " ") {
                if (name ~ /TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH|COOKIE|DSN|LICEN[CS]E/ && $0 !~ /=$/) $0 = name "=***"
                print " variable " $0 }'
    else echo " denied environment"; fi
    if [ -r "$p/fd" ]; then
        { for fd in "$p"/fd/*; do readlink "$fd"; done; sed -n 's/^[^/]*\(\/.*\)/\1/p' "$p/maps"; } 2>/dev/null \
            | grep -E "$held" | sort -u | sed 's/^/ file /'
    else echo " denied files"; fi
    { grep -oE '/[^ ]*/(site|dist)-packages' "$p/maps"
      for program in $(tr '\000' '\n' <"$p/cmdline" | head -n 2) "$(readlink "$p/exe")"; do
          case $program in */bin/*) ls -d "$p/root${program%/bin/*}"/lib*/python3*/*-packages ;; esac
      done; } 2>/dev/null | sed "s#^$p/root##" | awk '!seen[$0]++' | while IFS= read -r site; do
        ls "$p/root$site" 2>/dev/null | grep -iE "^($packages)-[^-]*(-py[0-9.]+)?\.(dist|egg)-info$" | sed 's/^/ package /'
    done
}

# Whether PID is a thread of the kernel, which holds no files (PF_KTHREAD)
kernel() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ exit int($7 / 2097152) % 2 == 0 }'; }

processes() {
    hidden=0
    for p in /proc/[0-9]*; do
        pid=${p#/proc/}
        if [ "$pid" = $$ ] || [ "$pid" = "$PPID" ]; then continue; fi
        { ls "$p/fd" && head -c 1 "$p/maps"; } >/dev/null 2>&1 || [ ! -d "$p" ] || kernel "$pid" || hidden=$((hidden + 1))
        if tr '\000\n' '  ' <"$p/cmdline" 2>/dev/null | grep -qiE "(^|[^a-z0-9])($patterns)([^a-z0-9]|$)" \
            || ls -l "$p/fd" 2>/dev/null | grep -qE "/dev/(nvidia|kfd|accel)|$held" \
            || grep -qE "$held" "$p/maps" 2>/dev/null; then
            process "$pid" 2>/dev/null
        fi
    done >"$out/processes.txt"
    say hidden "$hidden"
    step processes.txt ok "read /proc/PID"
}

# How many bytes of a file are copied: texts, and headers that say how long they are
bytes() {
    size=$2
    case $1 in
    *.json | *.txt | *.md | *.jinja | *.py | *.model | *[Ll][Ii][Cc][Ee][Nn]*) echo 67108864; return ;;
    esac
    [ "$size" -le 1048576 ] && { echo "$size"; return; }
    case $(head -c 4 "$1" | tr -d '\000') in GGUF) echo 67108864; return ;; esac
    header=$(od -An -tu8 -N8 "$1" 2>/dev/null | tr -d ' ')
    case $header in '' | *[!0-9]* | ?????????????*) header=0 ;; esac
    if [ "$header" -gt 1 ] && [ "$header" -le 100000000 ]; then echo $((header + 8))
    elif [ "$size" -le 16777216 ]; then echo "$size"
    else echo 65536; fi
}

models() {
    find "$1" -type l -print 2>/dev/null | while IFS= read -r file; do
        printf '%s\t%s\n' "$file" "$(readlink "$file")" >>"$out/links.tsv"
    done
    find "$1" -type f -print 2>/dev/null | while IFS= read -r file; do
        size=$(stat -c %s "$file") || continue
        modified=$(stat -c %.9Y "$file" 2>/dev/null || stat -c %Y "$file")
        printf '%s\t%s\t%s\n' "$size" "$modified" "$file" >>"$out/files.tsv"
        copy "$(bytes "$file" "$size")" "$file" || echo "denied: $file"
        if printf '%s' "$file" | grep -qiE "$weights|/blobs/"; then
            echo "SHA-256 of $file"
            sha256sum "$file" >>"$out/weights.sha256"
        fi
    done
}

homes() { awk -F : '$6 ~ /^\/./ { print $6 }' /etc/passwd | sort -u; }

# trace FILE: the beginning of a file that a product leaves when it has called home
trace() {
    if [ -f "$1" ] && [ ! -L "$1" ]; then
        printf '%s\t%s\t%s\n' "$(stat -c %s "$1")" "$(stat -c %.9Y "$1" 2>/dev/null || stat -c %Y "$1")" "$1" >>"$out/files.tsv"
        copy 4096 "$1"
    fi
}

traces() {
    for place in $footprints; do
        case $place in
        "~/"*) homes | while IFS= read -r home; do for file in "$home"/${place#??}; do trace "$file"; done; done ;;
        *) trace "$place" ;;
        esac
    done
    step footprints ok "looked into homes for traces of contact"
}

printf 'sovereignty-export\t1\n' >"$manifest"
say time "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
say uid "$(id -u)"
machine
settings
run nvidia-smi.xml nvidia-smi -q -x
run lspci.txt lspci -Dnnvv
for device in /sys/bus/pci/devices/*; do
    [ -r "$device/class" ] || continue
    printf 'pci %s' "${device##*/}"
    for name in class vendor device subsystem_vendor subsystem_device; do printf ' %s' "$(cat "$device/$name")"; done
    printf ' %s\n' "$(basename "$(readlink "$device/driver" 2>/dev/null || echo -)")"
done >"$out/pci.txt"
if [ -d /sys/bus/pci/devices ]; then step pci.txt ok "read /sys/bus/pci"; else step pci.txt absent /sys/bus/pci; fi
run ss.txt ss -tunap
processes
if ! has docker; then step docker.json missing "docker inspect"
elif ! docker ps -q >/dev/null 2>&1; then step docker.json "failed: no answer" "docker ps"
else
    # Chosen fields only: what docker inspect tells besides holds environments.
    docker ps -q | while IFS= read -r id; do
        docker inspect --format '{"Id":{{json .Id}},"Name":{{json .Name}},"Image":{{json .Config.Image}},"Privileged":{{json .HostConfig.Privileged}},"NetworkMode":{{json .HostConfig.NetworkMode}},"Binds":{{json .HostConfig.Binds}},"PidMode":{{json .HostConfig.PidMode}}}' "$id"
    done >"$out/docker.json"
    step docker.json ok "docker inspect"
fi
traces
if [ $# -eq 0 ]; then
    for home in $(homes) /usr/share/ollama /var/lib/ollama; do
        for below in .cache/huggingface/hub .ollama/models .lmstudio/models .cache/lm-studio/models .cache/llama.cpp \
            .cache/modelscope/hub .local/share/nomic.ai/GPT4All models; do
            case $home/$below in /home/*/models | /root/models) continue ;; esac
            [ -d "$home/$below" ] && set -- "$@" "$home/$below"
        done
    done
fi
for folder in "$@"; do
    case $folder in /*) ;; *) folder=$(pwd)/$folder ;; esac
    folder=${folder%/}
    if [ -d "$folder" ]; then
        say models "$folder"
        models "$folder"
    else step "files$folder" absent "$folder"; fi
done

(cd "$out" && find . -type f ! -name EXPORT.sha256 -exec sha256sum {} + | sed 's# \./# #' >EXPORT.sha256)
echo "Done. Hand over the folder $out, and tell this number by another way:"
sha256sum "$out/EXPORT.sha256"
