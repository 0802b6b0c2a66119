package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/plain"
	"broadsheet/publish"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"
)

//go:embed demo/feeds.yaml
var demoFeeds []byte

//go:embed demo/web.txt
var demoWeb []byte

// demoCommand does the same as `run`, on a fake web inside the program.
func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show it all working without network, from a small web inside the program",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir := a.out
			if !c.Flags().Changed("out") {
				dir = filepath.Join(os.TempDir(), "broadsheet-demo")
				if err := os.RemoveAll(dir); err != nil { // only the last demo uses this folder
					return fmt.Errorf("the last demo in %s cannot be removed: %w; name another folder with --out", dir, files.WithoutPath(err))
				}
			}
			tempDir, err := os.MkdirTemp("", "broadsheet-demo-work-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(tempDir)
			a.feeds, a.feedsGiven = filepath.Join(tempDir, "feeds.yaml"), true
			if err := os.WriteFile(a.feeds, demoFeeds, 0o644); err != nil {
				return err
			}
			if !c.Flags().Changed("db") {
				a.db = filepath.Join(tempDir, "broadsheet.db")
			}
			a.out = dir
			a.env.transport = newFakeWeb(txtar.Parse(demoWeb).Files, a.now)
			if err := a.checkDemoFolder(); err != nil {
				return err
			}
			return a.locked(func() error { return a.demo(c.Context(), c.OutOrStdout()) })
		},
	}
}

// demo makes one run and prints where its edition is.
func (a *app) demo(ctx context.Context, w io.Writer) error {
	if err := a.run(ctx, pipeline.Plan{Fetch: true, Publish: true, Force: true}); err != nil {
		return err
	}
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	latest, err := s.Latest(ctx, 1)
	if err != nil {
		return err
	}
	if len(latest) == 0 {
		return fmt.Errorf("the demo published no edition into %s; please report this", a.out)
	}
	e := latest[0]
	_, err = fmt.Fprintf(w, "\nThe edition of %s is ready, with %s. Open %s\nThe feed beside it is atom.xml. Two of its sources are in trouble on purpose: one does not answer, and one is cut off.\n",
		e.Day, plain.Count(len(e.Picks), "article"), filepath.Join(a.out, "index.html"))
	return err
}

// checkDemoFolder returns an error if the output folder holds a publication other than the demo's, which the demo
// would overwrite.
func (a *app) checkDemoFolder() error {
	picks, err := pipeline.PublishedPicks(a.out)
	if err != nil {
		return fmt.Errorf("what %s holds cannot be seen: %w; name another folder with --out", a.out, files.WithoutPath(err))
	}
	config, err := a.config()
	if err != nil {
		return err
	}
	own := map[string]bool{}
	for _, s := range config.Sources {
		own[publish.SourceURI(s)] = true
	}
	for _, p := range picks {
		if !own[p.Source] {
			return fmt.Errorf("%s holds a published paper, and the demo would take its place; name another folder with --out", a.out)
		}
	}
	return nil
}
