//go:build tools

// Package toxiproxy names the program that is built, so that its modules are kept in go.mod.
package toxiproxy

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
