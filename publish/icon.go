package publish

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
)

// imageFiles returns the icon, and the preview image that other sites show beside a link. Both are drawn here, as a front
// page, so that no image has to be loaded from anywhere.
func (p *publisher) imageFiles() []outputFile {
	file := func(path string, draw func() image.Image) outputFile {
		return outputFile{path: path, inputHash: hashOf(path, 1), make: func(context.Context) ([]byte, error) {
			var b bytes.Buffer
			err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, draw())
			return b.Bytes(), err
		}}
	}
	return []outputFile{file("icon.png", drawIcon), file("preview.png", drawPreview)}
}

// The indices of the colours in the palette.
const (
	paper = iota
	ink
	grey
	red
)

var palette = color.Palette{
	paper: color.RGBA{0xfb, 0xf9, 0xf4, 0xff},
	ink:   color.RGBA{0x1d, 0x1b, 0x18, 0xff},
	grey:  color.RGBA{0xc9, 0xc3, 0xb6, 0xff},
	red:   color.RGBA{0x9c, 0x2a, 0x1f, 0xff},
}

// canvas is an image to draw filled rectangles on.
type canvas struct{ *image.Paletted }

func newCanvas(w, h int, background byte) canvas {
	c := canvas{image.NewPaletted(image.Rect(0, 0, w, h), palette)}
	c.fill(0, 0, w, h, background)
	return c
}

func (c canvas) fill(x, y, w, h int, colour byte) {
	area := image.Rect(x, y, x+w, y+h).Intersect(c.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := c.Pix[c.PixOffset(area.Min.X, y):]
		for x := range area.Dx() {
			row[x] = colour
		}
	}
}

func drawIcon() image.Image {
	c := newCanvas(180, 180, ink)
	c.fill(34, 40, 112, 22, paper)
	for y := 78; y < 140; y += 22 {
		c.fill(34, y, 51, 11, paper)
	}
	c.fill(95, 78, 51, 55, paper)
	return c
}

// drawPreview returns the upper half of a newspaper's front page: title, rules, a lead article, columns of text.
func drawPreview() image.Image {
	c := newCanvas(1200, 630, paper)
	c.fill(240, 62, 720, 64, ink)
	c.fill(80, 156, 1040, 6, ink)
	c.fill(80, 168, 1040, 2, ink)
	c.fill(80, 188, 180, 10, grey)
	c.fill(510, 188, 180, 10, grey)
	c.fill(940, 188, 180, 10, grey)
	c.fill(80, 210, 1040, 2, ink)
	c.fill(80, 246, 640, 34, ink)
	c.fill(80, 294, 520, 34, ink)
	c.fill(80, 348, 120, 10, red)
	drawColumn(c, 80, 376, 306)
	drawColumn(c, 414, 376, 306)
	for _, y := range []int{246, 446} {
		c.fill(760, y, 360, 22, ink)
		c.fill(760, y+34, 250, 22, ink)
		c.fill(760, y+74, 100, 10, red)
		drawColumn(c, 760, y+100, 360)
	}
	c.fill(739, 246, 2, 384, grey)
	return c
}

// drawColumn draws a column of text as grey bars, one a line.
func drawColumn(c canvas, x, y, w int) {
	for i := 0; y < 630 && i < 12; i, y = i+1, y+22 {
		if x > 740 && i == 3 {
			c.fill(x, y, w*2/3, 10, grey)
			return
		}
		c.fill(x, y, w, 10, grey)
	}
}
