module entrepot/conformance/tos

go 1.21

require github.com/volcengine/ve-tos-golang-sdk/v2 v2.9.9

require golang.org/x/sync v0.0.0-20220722155255-886fb9371eb4 // indirect
