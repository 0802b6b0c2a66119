package publish

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeTheme(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheme_ReplacesSingleFiles(t *testing.T) {
	config, dir := testConfig(), t.TempDir()
	config.Theme = writeTheme(t, map[string]string{
		"about.html": `{{define "main"}}<h1>{{.Site.Title}} by us</h1><p><a href="{{.To "static/fonts/a.woff2"}}">font</a></p>{{end}}`,
		"style.css":  "body { color: red }", "static/fonts/a.woff2": "a font", "README.md": "notes", ".git/config": "not ours",
	})
	write(t, dir, config, editionSourceOf(testEditions()))
	files, _ := readTree(t, dir)
	if !strings.Contains(files["about/index.html"], "The Daily System by us") || files["style.css"] != "body { color: red }" || files["static/fonts/a.woff2"] != "a font" {
		t.Error("the theme's parts are not there")
	}
	if !strings.Contains(files["index.html"], "How an order") || files["README.md"] != "" || files[".git/config"] != "" {
		t.Error("what the theme does not have must stay, and what is no part of it must not be published")
	}
	checkAll(t, files, config.URL)
}

func TestCheckTheme_ReportsErrors(t *testing.T) {
	if err := CheckTheme(""); err != nil {
		t.Errorf("the built-in theme: %v", err)
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"unknown field":        {"card.html", `{{define "card"}}{{.Card.Titel}}{{end}}`, "Titel"},
		"field of a rare page": {"404.html", `{{define "main"}}{{.Sight}}{{end}}`, "Sight"},
		"field of the mail":    {"letter.html", `{{define "main"}}{{.Sight}}{{end}}`, "Sight"},
		"syntax":               {"month.html", `{{define "main"}}{{range}}{{end}}`, "month.html"},
		"no such template":     {"year.html", `{{define "main"}}{{template "crad" .}}{{end}}`, "crad"},
		"unsafe place":         {"about.html", `{{define "main"}}<a {{.Title}}="x" href={{.Title}}'>{{end}}`, "about"},
		"no part of a theme":   {"footer.html", ``, "footer.html is no part of a theme"},
	} {
		dir := writeTheme(t, map[string]string{c.file: c.text})
		err := CheckTheme(dir)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestThemeReadme_NamesEveryFile checks that README.md documents every file that a theme can replace.
func TestThemeReadme_NamesEveryFile(t *testing.T) {
	readme, err := os.ReadFile("theme/README.md")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := builtInTheme.ReadDir("theme")
	if err != nil || len(parts) == 0 {
		t.Fatal(parts, err)
	}
	for _, part := range parts {
		if !strings.Contains(string(readme), "`"+part.Name()+"`") {
			t.Errorf("README.md does not say what %s is", part.Name())
		}
	}
}
