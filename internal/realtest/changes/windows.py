"""Lists a display's windows and asks them to close, as a window manager does
when somebody clicks on the cross."""
import ctypes
import ctypes.util
import time

X = ctypes.CDLL("libX11.so.6")
for name, result in (("XOpenDisplay", ctypes.c_void_p), ("XDefaultRootWindow", ctypes.c_ulong), ("XInternAtom", ctypes.c_ulong)):
    getattr(X, name).restype = result
ERRORS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
ignore = ERRORS(lambda display, event: 0)  # a window can go while it is asked about
X.XSetErrorHandler(ignore)


class Message(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send", ctypes.c_int), ("display", ctypes.c_void_p),
                ("window", ctypes.c_ulong), ("kind", ctypes.c_ulong), ("format", ctypes.c_int), ("data", ctypes.c_long * 5),
                ("rest", ctypes.c_long * 12)]


def windows(d, parent):
    """Yields the number and the name of every window that is shown."""
    root, up, kids, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
    if not X.XQueryTree(d, ctypes.c_ulong(parent), ctypes.byref(root), ctypes.byref(up), ctypes.byref(kids), ctypes.byref(count)):
        return
    for i in range(count.value):
        name = ctypes.c_char_p()
        X.XFetchName(d, ctypes.c_ulong(kids[i]), ctypes.byref(name))
        if name.value:
            yield kids[i], name.value.decode(errors="replace")
        yield from windows(d, kids[i])


def close(display, title):
    """Asks the windows whose name begins with title to close; says how many."""
    d = ctypes.c_void_p(X.XOpenDisplay(display.encode()))
    kind, word = X.XInternAtom(d, b"WM_PROTOCOLS", 0), X.XInternAtom(d, b"WM_DELETE_WINDOW", 0)
    found = 0
    for window, name in windows(d, X.XDefaultRootWindow(d)):
        if not name.startswith(title):
            continue
        m = Message(type=33, send=1, display=d, window=window, kind=kind, format=32)  # 33: ClientMessage
        m.data[0] = word
        X.XSendEvent(d, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(m))
        found += 1
    X.XSync(d, 0)
    X.XCloseDisplay(d)
    return found


def names(display):
    d = ctypes.c_void_p(X.XOpenDisplay(display.encode()))
    found = [name for _, name in windows(d, X.XDefaultRootWindow(d))]
    X.XCloseDisplay(d)
    return found


def wait_for(display, title, seconds):
    for _ in range(seconds * 5):
        if any(n.startswith(title) for n in names(display)):
            return True
        time.sleep(0.2)
    return False
