package xmlread

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// read reads a document to its end and writes down what came.
func read(data string, doctype bool) (string, error) {
	r, err := New([]byte(data))
	if err != nil {
		return "", err
	}
	r.Doctype = doctype
	var b strings.Builder
	for {
		t, err := r.Next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		switch t := t.(type) {
		case xml.StartElement:
			b.WriteString("<" + t.Name.Local + ">")
		case xml.EndElement:
			b.WriteString("</" + t.Name.Local + ">")
		case xml.CharData:
			b.Write(t)
		}
	}
}

const plainDoctype = `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">`

func TestNext(t *testing.T) {
	got, err := read("\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+plainDoctype+"\n<!-- c --><a x='1'>&lt;b&#65;<b/>]</a>\n<!-- d -->\n", true)
	if want := "<a><bA<b></b>]</a>"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestNextRefuses(t *testing.T) {
	const grown = `<!DOCTYPE a [<!ENTITY x "hunter2"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>`
	for _, c := range []struct{ name, data, want string }{
		{"nothing", "", "line 1: not well-formed XML"},
		{"blank", " \n", "line 2: not well-formed XML"},
		{"noise", "hunter2", "line 1: text outside the outermost element"},
		{"cut", "<a>\n<b>hunter2", "line 2: not well-formed XML"},
		{"wrong end", "<hunter2></b>", "line 1: not well-formed XML"},
		{"second root", "<a/>\n<b/>", "line 2: a second outermost element"},
		{"text behind", "<a/>hunter2", "line 1: text outside the outermost element"},
		{"unknown entity", "<a>&hunter2;</a>", "line 1: not well-formed XML"},
		{"entities of its own", grown, "line 1: a document type that is not taken"},
		{"other encoding", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, "line 1: not well-formed XML"},
		{"NUL", "<a>\x00</a>", "line 1: not well-formed XML"},
		{"directive", "<!ELEMENT a ANY><a/>", "line 1: a document type that is not taken"},
		{"depth", strings.Repeat("<a>", 101), "line 1: nested more than 100 deep"},
		{"count", "<a>" + strings.Repeat("<b/>", MaxTokens/2) + "</a>", "more than 500000 pieces of XML"},
		{"long tag", "<a " + strings.Repeat("b='1' ", MaxTag/6+1) + "/>", "a tag is longer than 65536 bytes"},
		{"long open tag", "<a>" + strings.Repeat("x", MaxTag) + "<a " + strings.Repeat("b='1' ", MaxTag), "a tag is longer than 65536 bytes"},
		{"size", strings.Repeat(" ", MaxSize+1), "larger than 16777216 bytes"},
	} {
		if _, err := read(c.data, true); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := read("<a>"+strings.Repeat("x", 2*MaxTag)+"</a>", true); err != nil {
		t.Errorf("long text: %v", err)
	}
	if _, err := read(plainDoctype+"<a/>", false); err == nil {
		t.Error("took a document type where none is wanted")
	}
}

func TestText(t *testing.T) {
	for data, want := range map[string]string{"<a>x<!-- y -->&amp;z</a>": "x&z", "<a/>": "", "<a><![CDATA[<b>]]></a>": "<b>"} {
		r, _ := New([]byte(data))
		r.Next()
		if got, err := r.Text(); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", data, got, err, want)
		}
	}
	r, _ := New([]byte("<a>x<b/></a>"))
	r.Next()
	if got, err := r.Text(); err == nil {
		t.Errorf("an element within: got %q, want an error", got)
	}
}

func FuzzNext(f *testing.F) {
	f.Add(plainDoctype + "<a x='1'>&lt;<b/></a>")
	f.Fuzz(func(t *testing.T, data string) {
		got, err := read(data, true)
		if err == nil && !strings.Contains(got, "<") {
			t.Errorf("took a document without an element: %q", data)
		}
	})
}
