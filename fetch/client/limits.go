package client

import "runtime"

// A run has four limiters, each for one thing:
//
//	limiter                   limits                           to
//	HostLimiter.requestSlots  requests in flight, all hosts    limits: requests in feeds.yaml
//	hostState.slot            requests in flight, one host     1, and a gap between two (limits: gap, hosts)
//	Client.parseSlots         bodies being parsed              maxParses, fewer of those with many tags
//	Client.largeBodyBytes     bytes of large bodies in memory  maxLargeBodyBytes, compressed
//
// A request takes them in this order: the host's slot, a request slot, bytes if its body turns out to be large, a parse
// slot. It waits for the host before it takes anything that others need, so that one slow host does not starve them.
// The host's slot is given back when the response is read, the request slot and the bytes when the caller releases the
// response. So there are never more responses in memory than request slots, nor more decompressed bodies than parse
// slots. A caller that is slower to store parsed items than they arrive limits these itself (FetchSourceWithin in
// package fetch).
const (
	// smallBodyBytes is how many compressed bytes each response may hold without a reservation in largeBodyBytes, so
	// that servers that send an ordinary body slowly do not hold up the others.
	smallBodyBytes = 1 << 20
	// maxLargeBodyBytes is how many compressed bytes all responses larger than smallBodyBytes may hold together. Without
	// this limit eight servers that each sent more than limits: body took 270 MiB together.
	maxLargeBodyBytes = 64 << 20

	// maxTreeBytes bounds the memory of all HTML trees that are being built, estimated by their tags; a single tree may
	// need more. Reading 16 pages, each of 200,000 <li><p>, took at its peak 300 MB on two processors and 1.4 GB on
	// sixteen without this limit, and 106 MB on both with it.
	maxTreeBytes = 128 << 20
	bytesPerTag  = 600 // of a tag's node in the tree, with what is kept of it
)

// maxParses is how many bodies are decompressed and parsed at once: one a processor, since that is all work of the
// processor. A body with many tags takes several parse slots (parseSlotsFor), which keeps all trees together below
// maxTreeBytes.
var maxParses = int64(max(runtime.GOMAXPROCS(0), 1))
