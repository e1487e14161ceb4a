// Package pulse asks an audio server who records and who plays, over the native
// protocol of PulseAudio, which PipeWire's pipewire-pulse speaks too. It asks for
// two lists and for word of their changes, and can do nothing else: it opens no
// stream, changes no volume and hears no sound.
package pulse

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The commands used (pulsecore/native-common.h of PulseAudio 16.1).
const (
	cmdError       = 0
	cmdReply       = 2
	cmdAuth        = 8
	cmdClientName  = 9
	cmdListPlays   = 30
	cmdListRecords = 32
	cmdSubscribe   = 35
	cmdEvent       = 66
)

const (
	// version is what we speak, oldest what the server must at least speak.
	version, oldest = 32, 22
	// control is the channel of commands, as against that of sound.
	control = 0xFFFFFFFF
	// subscribed are changes of playing (4) and recording (8) streams.
	subscribed = 0x4 | 0x8
	// maxMessage bounds an answer, patience the time it may take.
	maxMessage = 4 << 20
	patience   = 5 * time.Second
)

// Server is a connection to an audio server. It is used by one goroutine at a
// time; Close may be called from any.
type Server struct {
	conn    net.Conn
	tag     uint32
	changed bool
}

// Dial connects to the server behind a socket. The server must belong to us: it
// knows us by our user id, so that no cookie is read or sent.
func Dial(ctx context.Context, socket string) (*Server, error) {
	var d net.Dialer
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	s := &Server{conn: conn}
	if err := s.greet(); err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) greet() error {
	var auth, name writer
	auth.number(version)
	auth.arbitrary(make([]byte, 256))
	answer, err := s.ask(cmdAuth, auth.Bytes())
	if err != nil {
		return err
	}
	r := &reader{data: answer}
	if theirs := r.number() & 0xFFFF; r.err != nil || theirs < oldest {
		return errForm
	}
	name.properties("application.name", "Huddleguard")
	_, err = s.ask(cmdClientName, name.Bytes())
	return err
}

// Close ends the connection; a call that waits returns.
func (s *Server) Close() error { return s.conn.Close() }

// Subscribe asks for word of changes; Wait then waits for it.
func (s *Server) Subscribe() error {
	var w writer
	w.number(subscribed)
	_, err := s.ask(cmdSubscribe, w.Bytes())
	return err
}

// Streams lists who records and who plays.
func (s *Server) Streams() ([]Stream, error) {
	s.changed = false
	var all []Stream
	for _, list := range []struct {
		command uint32
		records bool
	}{{cmdListRecords, true}, {cmdListPlays, false}} {
		answer, err := s.ask(list.command, nil)
		if err != nil {
			return nil, err
		}
		some, err := streams(answer, list.records)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Wait returns when a stream began, changed or ended since Streams was called.
func (s *Server) Wait() error {
	for !s.changed {
		if _, _, _, err := s.receive(); err != nil {
			return err
		}
	}
	return nil
}

// Error is the server's refusal, as its number.
type Error uint32

func (e Error) Error() string {
	if e == 1 {
		return "the audio server denies access"
	}
	return fmt.Sprintf("the audio server refuses (%d)", uint32(e))
}

// ask sends a command and takes its answer; what comes in between is noted.
func (s *Server) ask(command uint32, args []byte) ([]byte, error) {
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	defer s.conn.SetDeadline(time.Time{})
	s.tag++
	var w writer
	w.number(command)
	w.number(s.tag)
	w.Write(args)
	if err := s.send(w.Bytes()); err != nil {
		return nil, err
	}
	for {
		command, tag, body, err := s.receive()
		switch {
		case err != nil:
			return nil, err
		case tag != s.tag:
		case command == cmdReply:
			return body, nil
		case command == cmdError:
			r := &reader{data: body}
			return nil, Error(r.number())
		}
	}
}

func (s *Server) send(message []byte) error {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(message)))
	head = binary.BigEndian.AppendUint32(head, control)
	head = append(head, make([]byte, 12)...)
	_, err := s.conn.Write(append(head, message...))
	return err
}

// receive takes one message. Sound, which nobody asked for, is passed over.
func (s *Server) receive() (command, tag uint32, body []byte, err error) {
	var head [20]byte
	if _, err := io.ReadFull(s.conn, head[:]); err != nil {
		return 0, 0, nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > maxMessage {
		return 0, 0, nil, errForm
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(s.conn, message); err != nil {
		return 0, 0, nil, err
	}
	if binary.BigEndian.Uint32(head[4:]) != control {
		return control, control, nil, nil
	}
	r := &reader{data: message}
	command, tag = r.number(), r.number()
	s.changed = s.changed || command == cmdEvent
	return command, tag, r.data, r.err
}

// Gone says whether an error means that the server ended.
func Gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
