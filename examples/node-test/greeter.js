// A small client of D-ID's streams: what a user's own code may look like.

/** Opens a stream, greets somebody, and closes it whatever happens. */
export async function greet(url, name) {
  const call = async (method, path, body) => {
    const reply = await fetch(`${url}/talks/streams${path}`, {
      method, body: JSON.stringify(body), headers: { Authorization: "Basic any", "Content-Type": "application/json" },
    });
    const answer = JSON.parse((await reply.text()) || "null");
    if (!reply.ok) throw new Error(answer.description);
    return answer;
  };
  const { id, session_id, offer } = await call("POST", "", { source_url: "https://avatar.example/anna.png" });
  try {
    // A browser makes an answer from the offer; here the offer's own lines come back as one.
    const sdp = offer.sdp.split("\r\n").filter((line) => !/^a=(candidate|ice-lite|msid|ssrc)/.test(line)).join("\r\n")
      .replace(/a=setup:actpass/g, "a=setup:active").replace(/a=send(only|recv)/g, "a=recvonly");
    await call("POST", `/${id}/sdp`, { answer: { type: "answer", sdp }, session_id });
    await call("POST", `/${id}/ice`, { session_id });
    await call("POST", `/${id}`, { script: { type: "text", input: `Hello, ${name}!` }, session_id });
  } finally {
    await call("DELETE", `/${id}`, { session_id });
  }
}
