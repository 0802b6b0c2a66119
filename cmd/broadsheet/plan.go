package main

import (
	"fmt"
	"strings"
)

// plan is what a run is to do.
type plan struct{ ask, publish, force bool }

// announcePlan tells a person at a terminal what is going to be done, before anything takes time; under cron nothing.
func (o Options) announcePlan(p plan, sources int, first bool) {
	if o.interactive() {
		fmt.Fprintln(o.Stderr, p.inWords(sources, o.Out, first))
	}
}

// inWords says the plan in a sentence or two. The first run makes the database.
func (p plan) inWords(sources int, out string, first bool) string {
	var todo []string
	if p.ask {
		which := "those of " + count(sources, "source") + " that are due"
		if first || p.force {
			which = count(sources, "source")
		}
		todo = append(todo, "asking "+which+" what is new", "reading new articles' pages")
	}
	if p.publish {
		todo = append(todo, "publishing into "+out)
	}
	text := strings.Join(todo, ", ") + "."
	text = strings.ToUpper(text[:1]) + text[1:]
	if p.ask && first {
		text += " The first run asks them all and may take some minutes."
	}
	return text
}
