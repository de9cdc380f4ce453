// Command sdkgen writes the SDK of a Pulumi schema in one language, as `pulumi package gen-sdk` does where the language
// hosts are installed.
//
//	sdkgen SCHEMA LANGUAGE DIRECTORY
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "exchange-automation"

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: sdkgen SCHEMA nodejs|python|go|dotnet DIRECTORY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "sdkgen:", err)
		os.Exit(1)
	}
}

func run(schemaPath, language, directory string) error {
	content, err := os.ReadFile(schemaPath)
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(content, &spec); err != nil {
		return fmt.Errorf("%s: %w", schemaPath, err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, nil, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	// The schema refers to no other package, so nothing has to be loaded. Warnings count as well: what the binder doubts, users of some language would stumble over.
	if len(diagnostics) > 0 {
		return fmt.Errorf("%s: %w", schemaPath, diagnostics)
	}
	files, err := generate(pkg, language)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(directory, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func generate(pkg *schema.Package, language string) (map[string][]byte, error) {
	switch language {
	case "nodejs":
		files, err := nodejs.GeneratePackage(tool, pkg, nil, nil, true, nil)
		// Built with Go 1.26, whose filepath.Rel leaves no "/." at the end, the generator takes these for files of the
		// package's root.
		for name, content := range files {
			if path.Dir(name) == "types" {
				content = bytes.ReplaceAll(content, []byte(`from "./types/`), []byte(`from "../types/`))
				files[name] = bytes.ReplaceAll(content, []byte(`from "./utilities"`), []byte(`from "../utilities"`))
			}
		}
		return files, err
	case "python":
		return python.GeneratePackage(tool, pkg, nil, nil)
	case "go":
		return gogen.GeneratePackage(tool, pkg, nil)
	case "dotnet":
		// The generator wants to download a logo.
		logo := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer logo.Close()
		pkg.LogoURL = logo.URL
		return dotnet.GeneratePackage(tool, pkg, nil, nil)
	default:
		return nil, fmt.Errorf("no generator for %q", language)
	}
}
