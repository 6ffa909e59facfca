-- A chat request for wrk: `wrk … -s chat.lua ADDRESS -- true|false [MODEL]`, streamed or not.
local function request(stream, model)
    return string.format([[{"model":"%s","stream":%s,"temperature":0.7,"max_tokens":200,"messages":[
{"role":"system","content":"You answer questions about birds of prey in one sentence, from what you know and nothing else."},
{"role":"user","content":"What do ospreys eat?"},
{"role":"assistant","content":"Nearly nothing but fish, which they catch with their feet from the surface of lakes and rivers."},
{"role":"user","content":"Where do they build their nests, and do they come back to them? Name the kinds of places."}]}]],
        model, stream)
end

function init(arguments)
    wrk.method = "POST"
    wrk.path = "/v1/chat/completions"
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Authorization"] = "Bearer sk-bench"
    wrk.body = request(arguments[1], arguments[2] or "m")
end
