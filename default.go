package broadsheet

import _ "embed"

// DefaultFeeds is the feeds.yaml that the program ships with; it is used where there is none.
//
//go:embed feeds.yaml
var DefaultFeeds []byte
