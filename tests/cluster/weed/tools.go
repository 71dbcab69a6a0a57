//go:build tools

// Package weed names the program that is built, so that its modules are kept in go.mod.
package weed

import _ "github.com/seaweedfs/seaweedfs/weed"
