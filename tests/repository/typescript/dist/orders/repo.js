"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.findOrder = findOrder;
/** Reads one order; a missing one is an error. */
async function findOrder(load, id) {
    const order = await load(id);
    if (order === undefined) {
        throw new Error("Cannot read properties of undefined (reading 'total')");
    }
    return order;
}
//# sourceMappingURL=repo.js.map