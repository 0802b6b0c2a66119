package main

import (
	"context"

	"broadsheet/cmd/internal/pipeline"

	"github.com/spf13/cobra"
)

func (a *app) runCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Ask the sources what is new, cut today's edition if it is time, and publish",
		Long: "Asks the sources that are due what is new, reads new articles' pages, cuts today's edition if its time has come and it\n" +
			"is not out yet (the first edition of all at once, whatever the hour), brings the output folder up to date, and posts a\n" +
			"new edition to the webhooks of feeds.yaml. The run that cuts the edition asks each source; the others ask those that\n" +
			"are due by their own rhythm, so run it from cron as often as you like. It is quiet when all is well, may be killed at\n" +
			"any moment, and ends with 75 when another run is at work. Sources that fail end no run. At a terminal they are named\n" +
			"each time, under cron once when they break, move or fall silent, and once when they are well again, as in health.xml.\n" +
			"What lasts is named again in one line a week later, and then every four weeks.",
		Example: "  broadsheet run\n  broadsheet --feeds feeds.yaml --db broadsheet.db --out public run --quiet",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.locked(func() error { return a.run(c.Context(), pipeline.Plan{Fetch: true, Publish: true, Force: force}) })
		},
	}
	c.Flags().BoolVar(&force, "force", false, forceHelp)
	return a.withReportFlags(c)
}

// forceHelp is the help of --force, with what it does not do.
const forceHelp = "ask every source at once, due or not; a host that asked to be left alone still is, until its time is over"

func (a *app) fetchCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "fetch",
		Short: "Ask the sources what is new, and publish nothing",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.locked(func() error { return a.run(c.Context(), pipeline.Plan{Fetch: true, Publish: false, Force: force}) })
		},
	}
	c.Flags().BoolVar(&force, "force", false, forceHelp)
	return a.withReportFlags(c)
}

func (a *app) publishCommand() *cobra.Command {
	return a.withReportFlags(&cobra.Command{
		Use:   "publish",
		Short: "Cut today's edition if it is time, and publish, without asking any source",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.locked(func() error { return a.run(c.Context(), pipeline.Plan{Fetch: false, Publish: true, Force: false}) })
		},
	})
}

// withReportFlags adds the flags that name the files of the report.
func (a *app) withReportFlags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&a.reportFile, "report", "", "write a report of the run to this `file`, as JSON")
	c.Flags().StringVar(&a.metricsFile, "metrics", "", "write metrics to this `file`, for Prometheus' textfile collector")
	return c
}

// run makes one run and writes its report.
func (a *app) run(ctx context.Context, p pipeline.Plan) error {
	_, err := a.options().Run(ctx, p)
	return err
}
