"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const repo_1 = require("./orders/repo");
var Mode;
(function (Mode) {
    Mode[Mode["Quiet"] = 0] = "Quiet";
    Mode[Mode["Loud"] = 1] = "Loud";
})(Mode || (Mode = {}));
async function handle(mode) {
    const order = await (0, repo_1.findOrder)(async () => undefined, 7);
    if (mode === Mode.Loud)
        console.log(order);
}
handle(Mode.Loud).catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
//# sourceMappingURL=server.js.map