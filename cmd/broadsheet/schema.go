package main

import (
	"fmt"
	"io"
	"os"

	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/config"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of feeds.yaml, by which editors complete and check it",
		Long: "Prints the JSON Schema of feeds.yaml. Editors that know the YAML language server complete and check by it when\n" +
			"feeds.yaml begins with the line\n\n  # yaml-language-server: $schema=feeds.schema.json",
		Example: "  broadsheet schema > feeds.schema.json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(config.Schema())
			return err
		},
	}
}

func (a *app) referenceCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reference", Short: "Print every key of feeds.yaml, as Markdown", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(c.OutOrStdout(), config.Reference())
			return err
		},
	}
}

// feedsTopic is a topic of `broadsheet help`, not a command.
func feedsTopic() *cobra.Command {
	return &cobra.Command{Use: "feeds.yaml", Short: "Every key of feeds.yaml", Long: config.Reference()}
}

// manCommand writes man pages. It is hidden, because only packagers need it.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write a man page for each command into a folder", Hidden: true, Args: exactlyOneArg("folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("%s cannot be made: %w", args[0], files.WithoutPath(err))
			}
			day := a.now().UTC()
			root := c.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "broadsheet " + pipeline.Version(), Manual: "Broadsheet", Date: &day}, args[0])
		},
	}
}
