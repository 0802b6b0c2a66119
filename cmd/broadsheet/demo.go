package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"
)

//go:embed demo/feeds.yaml
var demoFeeds []byte

//go:embed demo/web.txt
var demoWeb []byte

// demoCommand runs what `run` runs, against a web inside the program.
func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show it all working without network, from a small web inside the program",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir := a.out
			if !c.Flags().Changed("out") {
				dir = filepath.Join(os.TempDir(), "broadsheet-demo")
				if err := os.RemoveAll(dir); err != nil { // ours alone: the last demo
					return fmt.Errorf("the last demo in %s cannot be removed: %w; name another folder with --out", dir, cause(err))
				}
			}
			work, err := os.MkdirTemp("", "broadsheet-demo-work-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(work)
			a.feeds, a.feedsGiven = filepath.Join(work, "feeds.yaml"), true
			if err := os.WriteFile(a.feeds, demoFeeds, 0o644); err != nil {
				return err
			}
			if !c.Flags().Changed("db") {
				a.db = filepath.Join(work, "broadsheet.db")
			}
			a.out = dir
			a.transport = newWeb(txtar.Parse(demoWeb).Files, a.now)
			if err := a.round(c.Context(), true, true, true); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "\nThe edition is ready. Open %s\nThe feed beside it is atom.xml. The two sources in trouble are so on purpose.\n", filepath.Join(dir, "index.html"))
			return err
		},
	}
}
