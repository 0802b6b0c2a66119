package main

import (
	"testing"

	"broadsheet/cmd/internal/console"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestHelp checks that everyday commands have an explanation and an example, and that each number flag names what it
// takes.
func TestHelp(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if takes, _ := pflag.UnquoteUsage(f); takes == "int" {
				t.Errorf("%s --%s does not say what it takes", c.CommandPath(), f.Name)
			}
		})
		switch c.Name() {
		case "run", "why", "status", "articles", "try", "search", "preview", "mail":
			if c.Long == "" || c.Example == "" && c.Name() != "preview" {
				t.Errorf("%s --help has no explanation or no example", c.CommandPath())
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit((&app{Console: console.New(nil, nil, false)}).command())
}
