#!/bin/sh
# Makes this container a member of an installation by its file, then runs rectify with the words given:
#
#   rectify-member web            rectify-member worker cases            rectify-member (only becomes a member)
#
# What pods have in common, beside database and Temporal, lies on the disk that is mounted as /var/lib/rectify/shared:
# ledgers that were sent and not applied yet, and the files of cases where they lie in no object store.
set -eu
umask 077
shared=/var/lib/rectify/shared

rectify machine join /run/rectify/machine.json
if [ -d "$shared" ]; then
    for folder in files ledgers-sent; do
        mkdir -p "$shared/$folder"
        [ -e "$RECTIFY_HOME/$folder" ] || ln -s "$shared/$folder" "$RECTIFY_HOME/$folder"
    done
fi
[ $# = 0 ] || exec rectify "$@"
