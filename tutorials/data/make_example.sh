#!/bin/sh
# Repeat the calculations of this folder with Quantum ESPRESSO (Debian: apt install quantum-espresso).
#
# The inputs are fixed, so the energies come out the same each time; dates and timings in the outputs do not.
# The pseudopotentials are Si.pz-vbc.UPF (norm-conserving, LDA) and O.pz-rrkjus.UPF (ultrasoft, LDA), which
# Debian puts into /usr/share/espresso/pseudo; set ESPRESSO_PSEUDO to another folder if yours are elsewhere.
# No pseudopotential is kept here: each run happens in a scratch folder, and only its output comes back.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
pseudo=${ESPRESSO_PSEUDO:-/usr/share/espresso/pseudo}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export OMP_NUM_THREADS=1  # one thread adds up in one order: the last digits repeat

command -v pw.x >/dev/null || { echo "pw.x is missing: apt install quantum-espresso" >&2; exit 1; }
for name in Si.pz-vbc.UPF O.pz-rrkjus.UPF; do
    [ -f "$pseudo/$name" ] || { echo "$name is not in $pseudo: set ESPRESSO_PSEUDO" >&2; exit 1; }
    cp "$pseudo/$name" "$scratch/"
done

run() { # run FOLDER NAME: read FOLDER/NAME.in, leave FOLDER/NAME.out
    cp "$1/$2.in" "$scratch/"
    (cd "$scratch" && pw.x -in "$2.in" >"$2.out") || { tail -n 20 "$scratch/$2.out" >&2; exit 1; }
    grep -q "JOB DONE" "$scratch/$2.out" || { echo "pw.x did not finish $1/$2.in" >&2; exit 1; }
    mv "$scratch/$2.out" "$1/$2.out"
    printf '%-24s %s\n' "${1#"$here"/}" "$(grep '^!' "$1/$2.out" | tr -s ' ')"
}

run "$here/silicon" si
for cutoff_Ry in 10 15 20 25 30 40; do
    folder=$here/silicon-cutoffs/${cutoff_Ry}Ry
    mkdir -p "$folder"
    sed "s/ecutwfc = .*/ecutwfc = $cutoff_Ry.0/" "$here/silicon/si.in" >"$folder/si.in"
    run "$folder" si
done
run "$here/cristobalite" sio2
