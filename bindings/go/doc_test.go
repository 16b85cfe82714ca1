package chatfile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"
)

// Every exported name is documented, fields too, in a comment that begins with it.
func TestEveryExportedNameIsDocumented(t *testing.T) {
	files := token.NewFileSet()
	parsed, err := parser.ParseDir(files, ".", func(file fs.FileInfo) bool {
		return !strings.HasSuffix(file.Name(), "_test.go")
	}, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	documented := func(name *ast.Ident, texts ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		count++
		for _, text := range texts {
			if strings.HasPrefix(text.Text(), name.Name) {
				return
			}
		}
		t.Errorf("%s: %s is not documented", files.Position(name.Pos()), name.Name)
	}
	for _, file := range parsed["chatfile"].Files {
		for _, declared := range file.Decls {
			switch declared := declared.(type) {
			case *ast.FuncDecl:
				documented(declared.Name, declared.Doc)
			case *ast.GenDecl:
				for _, spec := range declared.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							documented(name, spec.Doc, declared.Doc)
						}
					case *ast.TypeSpec:
						documented(spec.Name, spec.Doc, declared.Doc)
						fields, ok := spec.Type.(*ast.StructType)
						if !ok {
							continue
						}
						for _, field := range fields.Fields.List {
							for _, name := range field.Names {
								documented(name, field.Doc)
							}
						}
					}
				}
			}
		}
	}
	if count < 250 {
		t.Errorf("%d exported names are not all of them", count)
	}
}
