module github.com/chatfile/chatfile/bindings/go

go 1.21
