//go:build tools

// Package versitygw names the program that is built, so that its modules are kept in go.mod.
package versitygw

import _ "github.com/versity/versitygw/cmd/versitygw"
