package chatfile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	chatfile "github.com/chatfile/chatfile/bindings/go"
)

// The program in README.md does what it says.
func TestTheProgramOfTheReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```go\n")
	program, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatal("there is no program in README.md")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	const name = "github.com/chatfile/chatfile/bindings/go"
	for file, content := range map[string]string{
		"main.go": program,
		"go.mod":  "module example\n\ngo 1.21\n\nrequire " + name + " v0.0.0\n\nreplace " + name + " => " + here + "\n",
		"cat.jpg": string(sample(100_000)),
	} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", append([]string{"build", "-o", "cat"}, tags()...)...)
	build.Dir = folder
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	run := exec.Command(filepath.Join(folder, "cat"))
	run.Dir = folder
	output, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	made, err := chatfile.OpenNetEase(netease(), nil)
	got, err := opened(t, made, err).Download(background, strings.TrimSpace(string(output)), chatfile.ToMemory(), nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got.Data, sample(100_000))
	// A mistake is a text on standard error, and an exit code.
	run = exec.Command(filepath.Join(folder, "cat"))
	run.Dir = folder
	run.Env = append(os.Environ(), "NETEASE_APP_SECRET=wrong")
	if text, err := run.CombinedOutput(); err == nil || !strings.Contains(string(text), "chatfile: ") {
		t.Errorf("%v: %s", err, text)
	}
}

// Without cgo the package does not compile, and what the compiler says is what to do.
func TestWithoutCgoItSaysWhy(t *testing.T) {
	build := exec.Command("go", "build", ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := build.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "set_CGO_ENABLED_to_1_and_install_a_C_compiler") || strings.Count(string(output), "undefined") != 1 {
		t.Errorf("%v: %s", err, output)
	}
}
