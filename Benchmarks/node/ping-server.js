// The yardstick in Node: a `ws` server that parses each JSON-RPC `ping` and answers it. Prints "port N".
const { WebSocketServer } = require('ws')

const server = new WebSocketServer({
  host: '127.0.0.1', port: 0, path: '/v1/signaling', maxPayload: 256 * 1024, perMessageDeflate: false,
  handleProtocols: offered => offered.has('avatar-relay.v1') && 'avatar-relay.v1',
})
server.on('listening', () => console.log('port ' + server.address().port))
server.on('connection', socket => {
  socket.on('message', data => {
    const request = JSON.parse(data)
    if (request.jsonrpc === '2.0' && request.method === 'ping' && Number.isInteger(request.id)) {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: request.id, result: {} }))
    } else {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'no ping' } }))
    }
  })
})
process.on('SIGTERM', () => process.exit(0))
