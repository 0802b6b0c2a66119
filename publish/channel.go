package publish

import (
	"context"
	"time"

	"broadsheet"
)

// channel is what a feed says of itself, in whatever format.
type channel struct {
	ID       string
	Title    string
	Subtitle string
	Path     string // from the top: "atom.xml"
	Page     string // the page that shows the same: "", "topics/databases/"
	Updated  time.Time
}

// subscribed is how many picks the feed that people subscribe to holds at least: about a week, so that no reader that asks
// once a day misses one.
const subscribed = 60

// front is the channel of the whole publication, at path.
func (p *press) front(path string, entries []entry) channel {
	return channel{ID: p.feedID("atom.xml"), Title: p.config.Title, Subtitle: p.config.Subtitle, Path: path, Updated: newest(entries)}
}

// feedID is a feed's identity: for life, once there is an edition. Until then it is its address, or a name made from the
// title where that is not known.
func (p *press) feedID(path string) string {
	if p.founded != "" {
		return urn("feed", p.founded, path)
	}
	if p.site != "" {
		return p.site + path
	}
	return urn("feed", p.config.Title, path)
}

// found finds what the publication is known by whatever becomes of its address and its title: its first edition.
func (p *press) found(ctx context.Context) error {
	if len(p.shelf.Days) > 0 {
		first, err := p.edition(ctx, p.shelf.Days[0].Day)
		if err != nil {
			return err
		}
		p.foundedByOut = editionID(first)
	}
	p.founded = p.foundedByOut
	if p.shelf.Founder.Day != "" {
		p.founded = editionID(p.shelf.Founder)
	}
	return nil
}

// editionID is an edition's identity, for life: its day and its first pick never change.
func editionID(e broadsheet.Edition) string {
	return urn("edition", string(e.Day), e.FirstID())
}

// absolute is the address of a path from the top; empty when it is not known where the output will stand.
func (p *press) absolute(path string) string {
	if p.site == "" {
		return ""
	}
	return p.site + path
}

// newest is the latest updated time, so that no news is no change.
func newest(entries []entry) time.Time {
	var t time.Time
	for _, e := range entries {
		if e.Updated.After(t) {
			t = e.Updated
		}
	}
	return t
}
