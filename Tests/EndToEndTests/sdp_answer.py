"""Answers an offer as a browser would, without any media behind it."""

FINGERPRINT = ":".join(f"{byte:02X}" for byte in range(32))


def answer_to(offer):
    """An answer with a section for each of the offer's, in its order and with its mids (RFC 9429, section 5.3.1)."""
    lines = [line for line in offer.replace("\r\n", "\n").split("\n") if line]
    sections = _sections(lines)
    mids = [section["mid"] for section in sections]
    answer = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(mids)}"]
    for section in sections:
        answer += [section["m"], "c=IN IP4 0.0.0.0", f"a=mid:{section['mid']}", "a=ice-ufrag:eEpP"]
        answer += ["a=ice-pwd:abcdefghijklmnopqrstuv12", "a=ice-options:trickle"]
        answer += [f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:active"]
        if section["m"].startswith("m=application"):
            answer += ["a=sctp-port:5000"]
        else:
            answer += ["a=recvonly", "a=rtcp-mux", *section["maps"]]
    return "\r\n".join(answer) + "\r\n"


def _sections(lines):
    sections = []
    for line in lines:
        if line.startswith("m="):
            sections.append({"m": line, "mid": str(len(sections)), "maps": []})
        elif sections and line.startswith("a=mid:"):
            sections[-1]["mid"] = line.removeprefix("a=mid:")
        elif sections and line.startswith(("a=rtpmap:", "a=fmtp:")):
            sections[-1]["maps"].append(line)
    return sections
