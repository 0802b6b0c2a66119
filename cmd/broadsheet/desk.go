package main

import "github.com/spf13/cobra"

// deskCommands are the commands by which a maintainer keeps feeds.yaml.
func (a *app) deskCommands() []*cobra.Command {
	return []*cobra.Command{a.checkCommand(), a.addCommand(), a.importCommand(), a.exportCommand(), a.searchCommand(), a.schemaCommand(), a.referenceCommand(), a.manCommand(), feedsTopic()}
}
