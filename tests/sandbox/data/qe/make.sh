#!/bin/sh
# Make the outputs of this folder with Quantum ESPRESSO (Debian: apt install quantum-espresso), each within seconds but
# vdw-df, which computes its kernel for a minute.
#
# They are as rough as they may be (few plane waves, few k-points): what counts is what pw.x prints, not the physics.
# The inputs are below and stay in the outputs' folder as NAME.in; no pseudopotential is kept. Dates and timings differ
# from run to run, energies do not. ESPRESSO_PSEUDO names another folder of pseudopotentials, and arguments choose runs:
# `sh make.sh pbe0 md`.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
pseudo=${ESPRESSO_PSEUDO:-/usr/share/espresso/pseudo}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export OMP_NUM_THREADS=1
wanted=" $* "
command -v pw.x >/dev/null || { echo "pw.x is missing: apt install quantum-espresso" >&2; exit 1; }

is_wanted() { [ "$wanted" = "  " ] || case $wanted in *" $1 "*) true ;; *) false ;; esac }

run() { # run NAME [LAST_LINE_TO_KEEP]: the input comes on stdin; without a pattern the run must end well
    is_wanted "$1" || { cat >/dev/null; return 0; }
    sed "s|PSEUDO|$pseudo|" >"$scratch/$1.in"
    (cd "$scratch" && pw.x -in "$1.in" >"$1.out" 2>/dev/null) || true
    if [ $# -eq 1 ]; then
        grep -q "JOB DONE" "$scratch/$1.out" || { tail -n 20 "$scratch/$1.out" >&2; exit 1; }
        cp "$scratch/$1.out" "$here/$1.out"
    else # as if it had been killed there
        sed "/$2/q" "$scratch/$1.out" >"$here/$1.out"
    fi
    sed "s|$pseudo|PSEUDO|" "$scratch/$1.in" >"$here/$1.in"
    printf '%-16s %s\n' "$1" "$(grep '^!' "$here/$1.out" | tail -n 1 | tr -s ' ')"
}

control() { # control CALCULATION [more]
    printf "&control\n  calculation = '%s', pseudo_dir = 'PSEUDO', outdir = '.', disk_io = 'low'\n" "$1"
    printf "  tprnfor = .true., %s\n/\n" "${2-}"
}

silicon() { # silicon CALCULATION SYSTEM [CARDS_BEFORE] [x of the second atom] [control]
    control "$1" "${5-}"
    cat <<END
&system
  ibrav = 2, celldm(1) = 10.2, nat = 2, ntyp = 1, ecutwfc = 8.0, $2
/
&electrons
  conv_thr = 1.0d-7
/
${3-}
ATOMIC_SPECIES
  Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS alat
  Si 0.00 0.00 0.00
  Si ${4:-0.25} 0.25 0.25
END
}

few="K_POINTS automatic
  2 2 2 0 0 0"
ions="&ions
/"
cell="&ions
/
&cell
  press = 20.0
/"

for hybrid in pbe0 hse b3lyp x3lyp hf gaup; do
    { silicon scf "input_dft = '$hybrid', nqx1 = 1, nqx2 = 1, nqx3 = 1, ecutfock = 16.0"; echo "$few"; } | run $hybrid
done
{ silicon relax "input_dft = 'pbe0', nqx1 = 1" "$ions" 0.26; echo "K_POINTS gamma"; } | run pbe0-relax
for functional in pbe pbesol tpss vdw-df; do
    { silicon scf "input_dft = '$functional'"; echo "$few"; } | run $functional
done
{ silicon vc-relax "" "$cell" 0.26; echo "$few"; } | run vc-relax
{ silicon vc-relax "" "$cell" 0.26; echo "$few"; } | run vc-relax-killed "number of bfgs steps    =   2"
{ silicon relax "" "$ions" 0.27; echo "$few"; } | run relax
{ silicon relax "" "$ions" 0.27; echo "$few"; } | run scf-killed "iteration #  3"
{ silicon md "nosym = .true." "$ions" 0.27 "nstep = 5, dt = 20.0"; echo "K_POINTS gamma"; } | run md
{ silicon md "nosym = .true." "$ions" 0.27 "nstep = 5, dt = 20.0"; echo "K_POINTS gamma"; } |
    run md-killed "Entering Dynamics:    iteration =     4"
{ silicon vc-md "nosym = .true." "&ions
/
&cell
  cell_dynamics = 'w', press = 50.0
/" 0.27 "nstep = 4, dt = 40.0"; echo "K_POINTS gamma"; } | run vc-md
path="K_POINTS tpiba_b
  3
  0.5 0.5 0.5 3
  0.0 0.0 0.0 3
  1.0 0.0 0.0 1"
{ silicon scf "nbnd = 6"; echo "$few"; } | run scf
{ silicon bands "nbnd = 6"; echo "$path"; } | run bands
cat "$here/scf.out" "$here/bands.out" >"$here/scf-and-bands.out"
{ silicon scf ""; echo "$few"; } | sed 's/ATOMIC_POSITIONS alat/ATOMIC_POSITIONS/' | run no-units

{ control scf; cat <<'END'; } | run smearing
&system
  ibrav = 2, celldm(1) = 7.5, nat = 1, ntyp = 1, ecutwfc = 10.0
  occupations = 'smearing', smearing = 'mp', degauss = 0.05
/
&electrons
/
ATOMIC_SPECIES
  Al 26.98 Al.pz-vbc.UPF
ATOMIC_POSITIONS alat
  Al 0 0 0
K_POINTS automatic
  3 3 3 1 1 1
END
{ control scf; cat <<'END'; } | run noncollinear
&system
  ibrav = 2, celldm(1) = 7.5, nat = 1, ntyp = 1, ecutwfc = 10.0, noncolin = .true., starting_magnetization(1) = 0.5
  angle1(1) = 90.0, occupations = 'smearing', smearing = 'mp', degauss = 0.05
/
&electrons
/
ATOMIC_SPECIES
  Al 26.98 Al.pz-vbc.UPF
ATOMIC_POSITIONS alat
  Al 0 0 0
K_POINTS automatic
  2 2 2 1 1 1
END

hydrogen() { # hydrogen SYSTEM [control]: a molecule in a box
    control scf "${2-}"
    cat <<END
&system
  ibrav = 1, celldm(1) = 8.0, nat = 2, ntyp = 1, ecutwfc = 12.0, $1
/
&electrons
/
ATOMIC_SPECIES
  H 1.008 H.pz-vbc.UPF
ATOMIC_POSITIONS bohr
  H 0.0 0.0 0.0
  H 1.5 0.0 0.0
K_POINTS gamma
END
}
hydrogen "nspin = 2, starting_magnetization(1) = 0.5, occupations = 'smearing', degauss = 0.02" | run spin
hydrogen "nspin = 2, starting_magnetization(1) = 0.5, occupations = 'smearing', degauss = 0.02, lda_plus_u = .true.,
  Hubbard_U(1) = 1.0" | run lda-u
hydrogen "edir = 1, emaxpos = 0.6, eopreg = 0.1, eamp = 0.0" "tefield = .true., dipfield = .true." | run dipole
