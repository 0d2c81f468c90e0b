# Sends raw bytes to an echo server (port as argument) and prints what comes back.
import socket,sys,time
PORT=int(sys.argv[1])
H="Host: x\r\n"
HS=lambda line="GET / HTTP/1.1",ver="13",key="dGhlIHNhbXBsZSBub25jZQ==":(line+"\r\n"+H+"Upgrade: websocket\r\nConnection: Upgrade\r\n"+(f"Sec-WebSocket-Version: {ver}\r\n" if ver else "")+(f"Sec-WebSocket-Key: {key}\r\n" if key is not None else "")+"Sec-WebSocket-Protocol: test.v1\r\n\r\n").encode()
def conn():
    s=socket.create_connection(("127.0.0.1",PORT)); s.settimeout(1); return s
def rd(s):
    b=b""
    try:
        while True:
            d=s.recv(65536)
            if not d: return b,"end"
            b+=d
    except socket.timeout: return b,"open"
    except ConnectionError: return b,"reset"
def fr(op,p,fin=True,rsv=0):
    m=b"\x11\x22\x33\x44"
    return bytes([(0x80 if fin else 0)|rsv<<4|op,0x80|len(p)])+m+bytes(x^m[i%4] for i,x in enumerate(p))
def ws(name,data):
    s=conn(); s.sendall(HS())
    b=b""
    while b"\r\n\r\n" not in b: b+=s.recv(1)
    s.sendall(data); print("%-28s"%name,rd(s))
def http(name,data):
    s=conn(); s.sendall(data); b,e=rd(s); print("%-28s"%name,b[:60],e)
ws("unmasked",b"\x81\x02hi")
ws("5 pings",b"".join(fr(9,bytes([i])) for i in range(5)))
for c in (999,1005,1006,2999,5000,65535): ws(f"close {c}",fr(8,c.to_bytes(2,'big')))
ws("close 1 byte",fr(8,b"\x03"))
ws("bad utf8",fr(1,b"\xff\xfe"))
ws("rsv1",fr(1,b"a",rsv=4))
ws("opcode 3",fr(3,b"a"))
ws("continuation first",fr(0,b"a"))
ws("text in message",fr(1,b"a",fin=False)+fr(1,b"b"))
ws("fragmented ping",fr(9,b"a",fin=False))
ws("long form len",b"\x81\xfe\x00\x01\0\0\0\0a")
for v in ("8",None): http(f"version {v}",HS(ver=v))
for k in (None,"","short"): http(f"key {k!r}",HS(key=k))
http("POST upgrade",HS("POST / HTTP/1.1")); http("HTTP/1.0 upgrade",HS("GET / HTTP/1.0"))
http("unoffered",HS().replace(b"test.v1",b"other"))
http("big head",b"GET / HTTP/1.1\r\n"+H.encode()+b"A: "+b"b"*17000+b"\r\n\r\n")
http("bad line",b"GET\r\n\r\n")
http("HTTP/2.0",b"GET / HTTP/2.0\r\n"+H.encode()+b"\r\n")
http("bare LF",b"GET / HTTP/1.1\nHost: x\n\n")
http("CL+TE",b"POST / HTTP/1.1\r\n"+H.encode()+b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
http("expect",b"POST / HTTP/1.1\r\n"+H.encode()+b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n")
