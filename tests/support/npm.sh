# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Verifiers from npm, to be sourced: versions and hashes stand in tests/npm.
#
#   modules=$(npm_modules) || exit 77     # their folder; fetched once
#
# They lie in a cache under the hash of the lock file, so that a machine that
# has them needs no network: SY_TEST_NPM, or ~/.cache/sanyoso-npm.

npm_modules()
{
	local top cache dir
	top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../npm" && pwd)
	cache=${SY_TEST_NPM:-${XDG_CACHE_HOME:-$HOME/.cache}/sanyoso-npm}
	dir=$cache/$(sha256sum <"$top/package-lock.json" | cut -c1-16)
	if [ ! -d "$dir" ]; then
		npm_fetch "$top" "$dir" >&2 || return 1
	fi
	echo "$dir/node_modules"
}

npm_fetch()
{
	local new=$2.new.$$
	if ! { command -v npm && command -v node; } >/dev/null; then
		echo "no npm here"
		return 1
	fi
	mkdir -p "$new"
	cp "$1/package.json" "$1/package-lock.json" "$new/"
	if ! timeout 120 npm ci --prefix "$new" --ignore-scripts --no-audit \
	    --no-fund --silent --fetch-retries=1 --fetch-retry-mintimeout=1000; then
		echo "npm does not reach its packages"
		rm -rf "$new"
		return 1
	fi
	# Somebody else may have been quicker.
	mv -T "$new" "$2" 2>/dev/null || rm -rf "$new"
}
